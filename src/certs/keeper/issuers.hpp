#pragma once
// Who may issue for a name, in which order, and our accounts with them.

#include "acme/client.hpp"
#include "base/mutex.hpp"
#include "certs/keeper/kept_name.hpp"
#include "certs/keeper/schedule/queue.hpp"
#include "certs/serving/local_ca.hpp"
#include "crypto/sealing.hpp"
#include "db/database.hpp"

#include <map>

namespace carillon::certs {

/// One ACME issuer as configured; the order of the configuration is the order of trying.
struct IssuerSettings {
  std::string name;
  std::string directory;
  std::string contact;                    ///< an email address, "" for none
  std::string profile;                    ///< "" = the CA's default
  std::filesystem::path directory_trust;  ///< PEM for the directory's own HTTPS; empty: the system's roots
  std::string
      trust;  ///< "public", a PEM file, or "" where that is left to the directory: public for public ones, unchecked for private ones
  std::string challenge;  ///< the one tried first: "http-01" (default) or "tls-alpn-01"
  std::optional<acme::ExternalAccount> external;
  std::optional<Time> external_ends;  ///< until when the external account's key is good, where somebody wrote it down

  /// A CA of one's own: its directory is not publicly trusted or has no public name. It may issue for names that are not public.
  [[nodiscard]] bool is_private() const;
  [[nodiscard]] Rank rank() const { return is_private() ? Rank::own : Rank::everywhere; }
};

struct AccountRow;

/// Any thread; blocks where it asks a CA.
class Issuers final : public OrderRoom {
 public:
  Issuers(std::vector<IssuerSettings> settings, http::Outgoing& outgoing, db::Database& database, const crypto::MasterKey& master,
          const Clock& clock, Random& random);

  /// Reads the orders of the last hours and what the CA has asked for, so that a restart forgets no limit.
  Result<> load();

  /// The issuers that may issue for `name`, in order; "local" last, for names that are not public. `wish` as in KeptName. Empty: nobody can
  /// but a person.
  [[nodiscard]] std::vector<std::string> candidates(const std::string& name, const std::string& name_options) const;
  [[nodiscard]] std::vector<std::string> candidates(const KeptName& name) const { return candidates(name.name, name.name_options); }
  /// Why no certificate will ever come by itself, in a sentence; "" where an issuer may issue, or a person chose to do it by hand.
  [[nodiscard]] std::string why_nobody_issues(const KeptName& name) const;
  [[nodiscard]] const IssuerSettings* find(std::string_view issuer) const;
  [[nodiscard]] const std::vector<IssuerSettings>& all() const noexcept { return settings_; }
  [[nodiscard]] Rank rank_of(std::string_view issuer) const;
  /// What this issuer's chains must lead to; none: the structure alone is checked.
  [[nodiscard]] std::optional<std::vector<crypto::Certificate>> roots_of(std::string_view issuer) const;

  /// A client whose account is registered; the account's key is made, sealed and kept before the CA hears of it.
  [[nodiscard]] acme::Answer<std::shared_ptr<acme::Client>> client(const std::string& issuer);
  /// The CA does not know our account any more: register again at the next call.
  void forget_account(const std::string& issuer);

  /// When the next order may be thought of, as far as this node knows. Does not block.
  [[nodiscard]] Time next_order(const std::string& issuer, OrderKind kind) override;
  void order_placed(const std::string& issuer, OrderKind kind) override;
  /// Takes room for one order in the database, where the orders of all nodes are counted, before the CA hears of it: one that a crash
  /// interrupts counts too. False: there is none left, and next_order() knows now until when.
  [[nodiscard]] Result<bool> reserve_order(const std::string& issuer, OrderKind kind);
  /// The CA answered 429: no node orders more than it allows before `wait` is over.
  void order_refused(const std::string& issuer, const std::string& name, Duration wait, bool of_account);

 private:
  struct Live {
    Mutex mutex;  ///< one registration at a time
    std::shared_ptr<acme::Client> client GUARDED_BY(mutex);
  };

  acme::Answer<std::optional<crypto::PrivateKey>> account_key(const IssuerSettings& settings, const AccountRow& account) const;

  std::vector<IssuerSettings> settings_;
  http::Outgoing& outgoing_;
  db::Database& database_;
  const crypto::MasterKey& master_;
  const Clock& clock_;
  Random& random_;
  std::map<std::string, Live, std::less<>> live_;
  Mutex mutex_;
  std::map<std::string, OrderBudget, std::less<>> budgets_ GUARDED_BY(mutex_);
};

}  // namespace carillon::certs
