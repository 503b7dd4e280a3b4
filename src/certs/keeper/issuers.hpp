#pragma once
// The issuers that may issue for a name, their order, and our accounts with them.

#include "acme/client.hpp"
#include "base/mutex.hpp"
#include "certs/keeper/kept_name.hpp"
#include "certs/keeper/schedule/queue.hpp"
#include "certs/serving/local_ca.hpp"
#include "crypto/key_kind.hpp"
#include "crypto/sealing.hpp"
#include "db/database.hpp"

#include <functional>
#include <map>

namespace carillon::certs {

/// One configured ACME issuer; they are tried in the order of the configuration.
struct IssuerSettings {
  std::string name;
  std::string directory;
  std::string contact;                    ///< an email address, "" for none
  std::string profile;                    ///< "" = the CA's default
  std::filesystem::path directory_trust;  ///< PEM for the directory's own HTTPS; empty: the system's roots
  std::string trust;      ///< "public", a PEM file, or "" to decide by the directory: "public" for public ones, unchecked for private ones
  std::string challenge;  ///< the type tried first: "http-01" (default), "tls-alpn-01", "dns-01"; "dns-persist-01": no other one is tried
  /// If the CA offers several chains (RFC 8555 §7.4.2): the common name of the issuer of the chain's topmost certificate; "": its default.
  std::string preferred_chain{};
  crypto::KeyKind key = crypto::KeyKind::p256;  ///< of the certificates that it issues
  std::optional<acme::ExternalAccount> external;
  std::optional<Time> external_ends;  ///< expiry of the external account key, if configured

  /// Whether it is a private CA: its directory isn't publicly trusted or has no public name. It may issue for names that aren't public.
  [[nodiscard]] bool is_private() const;
  [[nodiscard]] Rank rank() const { return is_private() ? Rank::own : Rank::everywhere; }
};

struct AccountRow;
struct NameState;

/// The kind of key for the name's next certificate from this issuer: the configured one, unless another kind is managed beside it. Then one
/// of the two has an RSA key, and the other one hasn't.
[[nodiscard]] crypto::KeyKind key_kind_for(const NameState& name, const IssuerSettings& issuer) noexcept;

/// The kind of the changes (db/change.hpp) of account keys; the subject is the issuer.
inline constexpr std::string_view kCaAccountChange = "CA account";

/// Any thread; blocks during requests to a CA.
class Issuers final : public OrderRoom {
 public:
  /// `proves_in_dns`: required for wildcards (CA/Browser Forum BR §3.2.2.4.7).
  Issuers(std::vector<IssuerSettings> settings, http::Outgoing& outgoing, db::Database& database, const crypto::MasterKey& master,
          const Clock& clock, Random& random, bool proves_in_dns = false);

  /// Reads the orders of the last hours and the CA's rate limit responses, so that they survive a restart.
  Result<> load();

  /// The issuers that may issue for `name`, in order; "local" last, for names that aren't public. `name_options` is as in KeptName.
  /// Empty: only manual issuance is possible.
  [[nodiscard]] std::vector<std::string> candidates(const std::string& name, const std::string& name_options) const;
  /// Of a group: those that may issue for all of its names.
  [[nodiscard]] std::vector<std::string> candidates(const KeptName& name) const;
  /// Why no certificate can be issued automatically, as a sentence; "" if an issuer may issue, or if the name is managed manually by
  /// choice.
  [[nodiscard]] std::string why_nobody_issues(const KeptName& name) const;
  [[nodiscard]] const IssuerSettings* find(std::string_view issuer) const;
  /// The first issuer of a name, if that is verified with a standing record (DNS-PERSIST-01) there; otherwise "".
  [[nodiscard]] std::string standing_issuer(const KeptName& name) const;
  [[nodiscard]] const std::vector<IssuerSettings>& all() const noexcept { return settings_; }
  [[nodiscard]] Rank rank_of(std::string_view issuer) const;
  /// The roots that this issuer's chains must lead to; none: only the structure is checked.
  [[nodiscard]] std::optional<std::vector<crypto::Certificate>> roots_of(std::string_view issuer) const;

  /// A client with a registered account; the account key is created, sealed and stored before it is sent to the CA.
  [[nodiscard]] acme::Answer<std::shared_ptr<acme::Client>> client(const std::string& issuer);
  /// Call it if the CA no longer knows our account; registers again at the next call.
  void forget_account(const std::string& issuer);

  /// Replaces the account's key by a new one, which is stored before the CA is asked; notes the change for other nodes
  /// (kCaAccountChange) and returns the account's URL. If this is interrupted at
  /// any point, the next client() finds out which of the two keys the CA has.
  [[nodiscard]] acme::Answer<std::string> roll_over(const std::string& issuer);

  /// Call it if the CA rejects what our account has signed: if another node has changed the account's key, or is doing so, the next
  /// client() reads it again, and this returns true.
  [[nodiscard]] bool has_other_key(const std::string& issuer);

  /// Call it if the CA rejects what our account has signed, after has_other_key(): asks the CA, at most every five minutes, if it has an
  /// account with our key. If not (a backup from before a change of the key was restored), the next client() registers one, and this
  /// returns true.
  [[nodiscard]] bool forget_lost_account(const std::string& issuer);

  /// Another node changed the key of our account with `issuer`: the next client() reads the account again.
  void account_changed(const std::string& issuer);
  /// The same for all issuers, if it isn't known what changed.
  void accounts_changed();

  /// When the next order is possible, as far as this node knows. Doesn't block.
  [[nodiscard]] Time next_order(const std::string& issuer, OrderKind kind) override;
  void order_placed(const std::string& issuer, OrderKind kind) override;
  /// Reserves one order in the database, where the orders of all nodes are counted, before it is sent to the CA, so that orders interrupted
  /// by a crash count, too. False: none is left; next_order() then returns when.
  [[nodiscard]] Result<bool> reserve_order(const std::string& issuer, OrderKind kind);
  /// Until when the CA has refused orders for this name (429); in the past: it doesn't.
  [[nodiscard]] Time refused_until(const std::string& issuer, const std::string& name);
  /// The CA responded with 429: no node orders more than it allows until `wait` is over.
  void order_refused(const std::string& issuer, const std::string& name, Duration wait, bool of_account);

 private:
  struct Live {
    Mutex mutex;  ///< one registration at a time
    std::shared_ptr<acme::Client> client GUARDED_BY(mutex);
    std::string sealed_key GUARDED_BY(mutex);   ///< that of `client`
    std::string unknown_key GUARDED_BY(mutex);  ///< sealed, of an interrupted change: the CA didn't know it at `unknown_at`
    Time unknown_at GUARDED_BY(mutex){};
    Time looked_up GUARDED_BY(mutex){};  ///< when the CA was asked for the account because it had rejected a request
  };

  void forget(const std::string& issuer, Live& live) REQUIRES(live.mutex);
  acme::Answer<std::optional<crypto::PrivateKey>> account_key(const IssuerSettings& settings, const AccountRow& account) const;

  std::vector<IssuerSettings> settings_;
  http::Outgoing& outgoing_;
  db::Database& database_;
  const crypto::MasterKey& master_;
  const Clock& clock_;
  /// After a change of the key that was interrupted: if the CA has the new key, `account` and `key` become those, and are stored. Otherwise
  /// false: the old key is still right, or another node's change is under way.
  acme::Answer<bool> finish_roll_over(const IssuerSettings& settings, AccountRow& account, crypto::PrivateKey& key);
  /// Stores what `change` makes of the account.
  Result<> update_account(const std::string& issuer, const std::function<void(AccountRow&)>& change);
  Random& random_;
  bool proves_in_dns_;
  std::map<std::string, Live, std::less<>> live_;
  Mutex mutex_;
  std::map<std::string, OrderBudget, std::less<>> budgets_ GUARDED_BY(mutex_);
};

}  // namespace carillon::certs
