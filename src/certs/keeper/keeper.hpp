#pragma once
// The keeper: names get certificates unattended, and a spare where a second issuer may issue; a renewal counts only when it is seen from
// outside, and what fails opens an incident.

#include "acme/challenges.hpp"
#include "base/set_back.hpp"
#include "certs/keeper/issuers.hpp"
#include "certs/keeper/kept_name.hpp"
#include "certs/probe/probe.hpp"
#include "certs/serving/certificate_table.hpp"
#include "certs/serving/exports.hpp"
#include "crypto/inspection.hpp"
#include "dns/resolver.hpp"
#include "incidents/reminders.hpp"

#include <functional>
#include <memory>

namespace carillon::certs {

/// Everything outside that the keeper acts on; all of it outlives the keeper.
struct World {
  const Clock& clock;
  Random& random;
  db::Database& database;
  http::Outgoing& outgoing;
  dns::Resolver& resolver;
  Prober& prober;
  incidents::Incidents& incidents;
  CertificateTable& table;
  acme::ChallengeBoard& challenges;
  const crypto::MasterKey& master;
  const LocalCa* local_ca = nullptr;  ///< none: names that are not public need another issuer
};

struct KeeperSettings {
  std::vector<IssuerSettings> issuers;
  std::vector<Export> exports;
  std::string node = "alone";                      ///< the life of the node (jobs/node.hpp) under which leases are held
  int failures_before_next = 3;                    ///< with one issuer in a row, then the next is tried
  Duration look_every = std::chrono::minutes{10};  ///< at most; a twentieth of a short lifetime
  int most_at_one_issuer = 6;  ///< steps under way at once with one issuer, so that one that hangs leaves workers for the others
  int most_looks = 4;          ///< at once: addresses that do not answer leave workers for renewals
  Duration longest_notice = incidents::kLongestNotice;  ///< of reminders of certificates that people renew
  std::string mend_command = "carillon cert";           ///< how messages spell the command that mends
};

/// The kind of the changes (db/change.hpp) of names; the subject is the name, the detail how many lines of history were added.
inline constexpr std::string_view kCertificateChange = "certificate";

/// What somebody wants kept.
struct NameOptions {
  std::string name;  ///< lower case; an IP address without brackets
  Source source = Source::person;
  std::string issuer;  ///< "", an issuer's name, "local" or "manual"
  incidents::Stewardship in_charge;
  std::uint16_t port = 443;
};

/// One row of `cert list`.
struct NameStatus {
  KeptName kept;
  std::optional<StoredCertificate> current;  ///< without chain and key
  std::optional<StoredCertificate> spare;    ///< the same
  std::string state;                         ///< "ok", "renewing", "late", "expired", "none"
  Step next_step = Step::due;
  std::optional<Time> next_step_at;  ///< none: a person has to act
  std::vector<AddressSeen> last_seen;
  std::vector<crypto::Finding> findings;  ///< about the dates of what is in force: not_yet_valid, expired
  std::string problem{};                  ///< why no certificate will come by itself, in a sentence; "" where one will or is there
  std::vector<ExportState> exports{};     ///< in the order of their folders
};

/// How a managed name is stored, however it was written; `given` itself where no host can be called that.
[[nodiscard]] std::string managed_name(std::string_view given);

/// Any thread. Steps block; they are taken by whoever calls work(), several at once if they like.
class Keeper {
 public:
  Keeper(World world, KeeperSettings settings);
  ~Keeper();

  /// Reads the inventory, puts what is in force into the table and makes what the local CA can make at once. Call once, before work().
  Result<> start();

  /// Adds a name or changes who is in charge of it. `invalid` for what is no name, `refused` when its issuer may not issue it.
  Result<> keep(const NameOptions& name_options);
  /// Exactly these names are kept for `source` from now on; others of that source go.
  Result<> keep_only(Source source, const std::vector<NameOptions>& all_options);
  Result<> forget(const std::string& name);
  /// Renews now, regardless of the dates. `conflict` while nobody but a person can issue.
  Result<> renew(const std::string& name, const std::string& by);

  /// Puts the spare in force now, regardless of the dates; another one is made after it. `conflict` when there is none that is valid.
  Result<> use_spare(const std::string& name, const std::string& by);

  /// A key and a signing request (PEM) for `name`, made anew unless one waits already; the key stays here, sealed.
  Result<std::string> signing_request(const std::string& name);
  /// One check of what was brought in by hand.
  struct Check {
    std::string what;  ///< "the key belongs to the certificate"
    bool passed = false;
    std::string advice;  ///< "" when passed
  };
  struct Import {
    std::vector<Check> checks;
    std::optional<StoredCertificate> certificate;  ///< stored, when every check that must pass did
  };
  /// Checks a chain (PEM, in any order, completed from AIA where it lacks its end) and its key (PEM; "": that of signing_request) and swaps
  /// it in. The old one stays in the database until the new one was seen. A certificate that is not valid yet is kept and takes over when
  /// it is, as long as what is served is valid.
  Result<Import> import_certificate(const std::string& name, std::string_view chain_pem, std::string_view key_pem);

  /// Certificates are exported there from now on, and nowhere else.
  Result<> set_exports(const std::vector<Export>& exports);
  /// Compares the exports' files with what is in force and puts right what differs: those that are well, or those that failed last. Call
  /// both at least once a minute, each by one caller at a time. Blocks, as long as commands run.
  void check_exports();
  void retry_exports();
  /// Before the end: kills commands that run.
  void stop_exports();

  [[nodiscard]] std::vector<NameStatus> list() const;
  [[nodiscard]] Result<NameStatus> find(const std::string& name) const;
  Result<std::vector<HistoryLine>> history(const std::string& name) const;

  /// Does the one thing that is most urgent of what is due: what expires soonest first. False when nothing is due.
  bool work();
  /// When something is due next; none: nothing ever.
  [[nodiscard]] std::optional<Time> next() const;
  /// Takes over what other nodes changed in the database. False when a name that is worked on here has to be read again later. Cheap.
  Result<bool> synchronise();
  /// The clock was set back: what the wrong one put off or gave up goes on, and what it only made look ended is left alone. Blocks until
  /// every step under way is over.
  void clock_set_back(const SetBack& jump);
  /// Called, from any thread, when next() may have moved nearer.
  void on_change(std::function<void()> notify);
  /// Called, from any thread, with each line of a name's history once it is written; must not block. Before start().
  void on_step(std::function<void(const KeptName& name, const HistoryLine& line)> reported);
  /// When work() last found nothing left to do.
  [[nodiscard]] std::optional<Time> last_round() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace carillon::certs
