#pragma once
// The keeper: gets certificates for names automatically, and spares if there is a second issuer. A renewal is complete only when it is
// verified from outside; failures open an incident.

#include "acme/challenges.hpp"
#include "base/set_back.hpp"
#include "certs/dns_proof/provider.hpp"
#include "certs/keeper/issuers.hpp"
#include "certs/keeper/kept_name.hpp"
#include "certs/probe/probe.hpp"
#include "certs/revocation/revocation.hpp"
#include "certs/serving/certificate_table.hpp"
#include "certs/serving/exports.hpp"
#include "crypto/inspection.hpp"
#include "dns/resolver.hpp"
#include "incidents/reminders.hpp"

#include <functional>
#include <memory>

namespace carillon::certs {

class Revocations;

/// The keeper's dependencies; all must outlive it.
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
  const LocalCa* local_ca = nullptr;   ///< none: names that aren't public need another issuer
  Revocations* revocations = nullptr;  ///< none: certificates aren't checked for revocation
};

struct KeeperSettings {
  std::vector<IssuerSettings> issuers;
  std::vector<Export> exports;
  std::vector<DnsProviderSettings> dns_providers;
  std::string node = "alone";                      ///< the life of the node (jobs/node.hpp) under which leases are held
  int failures_before_next = 3;                    ///< consecutive failures with one issuer before the next is tried
  Duration look_every = std::chrono::minutes{10};  ///< at most; a twentieth of the lifetime for short-lived certificates
  int most_at_one_issuer = 6;                      ///< parallel steps with one issuer, so that a hanging one leaves workers for the others
  int most_looks = 4;                              ///< in parallel, so that unresponsive addresses leave workers for renewals
  Duration longest_notice = incidents::kLongestNotice;  ///< for reminders about manually renewed certificates
  std::string mend_command = "carillon cert";           ///< the command that messages recommend
};

/// The kind of the changes (db/change.hpp) of names; the subject is the name, the detail how many lines of history were added.
inline constexpr std::string_view kCertificateChange = "certificate";

/// A name to manage, with its options.
struct NameOptions {
  std::string name;  ///< lower case; an IP address without brackets. Of a group, a slug
  Source source = Source::person;
  std::string issuer;  ///< "", an issuer's name, "local" or "manual"
  incidents::Stewardship in_charge;
  std::uint16_t port = 443;
  std::vector<std::string> members{};  ///< of a group: the names that share one certificate; empty: `name` alone
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
  std::vector<crypto::Finding> findings;   ///< about the active certificate: not_yet_valid, expired, revoked
  std::string problem{};                   ///< why no certificate can be issued automatically, as a sentence; "" if one can or exists
  std::vector<ExportState> exports{};      ///< in the order of their folders
  bool rsa_beside = false;                 ///< of a single name: another certificate with an RSA key is managed beside it (rsa_mark.hpp)
  std::optional<Revocation> revocation{};  ///< of the active certificate; none: not checked yet, or never
};

/// Checks a group's names and normalizes them, each once. `invalid`, with what to write instead, if a name isn't valid or there are too
/// many; the error's field is "names".
[[nodiscard]] Result<std::vector<std::string>> checked_members(const std::string& group, const std::vector<std::string>& names);

/// Checks a single name and normalizes it; it may have the mark of a certificate with an RSA key (rsa_mark.hpp). `invalid`, with what to
/// write instead, if it isn't valid.
[[nodiscard]] Result<std::string> checked_name(std::string_view given);

/// The stored form of a managed name, regardless of its notation; `given` itself if it isn't a valid host name.
[[nodiscard]] std::string managed_name(std::string_view given);

/// Any thread. Steps block; they run in the threads that call work(), possibly several in parallel.
class Keeper {
 public:
  Keeper(World world, KeeperSettings settings);
  ~Keeper();

  /// Reads the inventory, loads the active certificates into the table and immediately issues those of the local CA. Call once, before
  /// work().
  Result<> start();

  /// Adds a name or group, or changes its steward, deputy and members. `invalid` if it isn't a valid name, `refused` if its issuer may not
  /// issue for it, `conflict` if a name is already in a group, or a group's name is managed itself. A name that was managed alone and is in
  /// a group from now on keeps being served with its own certificate until the group has one.
  Result<> keep(const NameOptions& name_options);
  /// Manages exactly these names for `source` from now on; removes other names of that source. If some can't be managed, the others are;
  /// the error is that of the first, and each has an incident.
  Result<> keep_only(Source source, const std::vector<NameOptions>& all_options);
  Result<> forget(const std::string& name);
  /// Renews now, regardless of the dates. `conflict` if only manual issuance is possible.
  Result<> renew(const std::string& name, const std::string& by);

  /// Activates the spare now, regardless of the dates; another one is ordered afterwards. `conflict` if there is no valid one.
  Result<> use_spare(const std::string& name, const std::string& by);

  /// Creates a key and a signing request (PEM) for `name`, or returns a pending one; the key stays here, sealed.
  Result<std::string> signing_request(const std::string& name);
  /// One check of a manually imported certificate.
  struct Check {
    std::string what;  ///< "the key belongs to the certificate"
    bool passed = false;
    std::string advice;  ///< "" when passed
  };
  struct Import {
    std::vector<Check> checks;
    std::optional<StoredCertificate> certificate;  ///< stored if all required checks passed
  };
  /// Checks a chain and its key and activates it. Both files may have any form (crypto/files/certificate_file.hpp). The chain may be in any
  /// order and is completed from AIA if incomplete. An empty `key`: it's in the first file, or is that of signing_request. `passphrase` is
  /// for both files; the error's field is "passphrase" if it's missing or wrong. The old certificate stays in the database until the new
  /// one is verified from outside. A certificate that isn't valid yet is stored and activated when it is; refused if the active one
  /// expires before that.
  Result<Import> import_certificate(const std::string& name, std::string_view certificate, std::string_view key,
                                    const std::optional<std::string>& passphrase = {});

  /// Replaces the key of our account with a CA (RFC 8555 §7.3.5); returns the account's URL. Other nodes follow kCaAccountChange. Blocks.
  Result<std::string> roll_over_account(const std::string& issuer);
  /// Another node replaced the key of the account with `issuer`; "" if it isn't known which. Blocks during a request to that CA.
  void account_changed(const std::string& issuer);

  /// Sets the exports, replacing previous ones.
  Result<> set_exports(const std::vector<Export>& exports);
  /// Compares the exports' files with the active certificates and corrects differences: of the healthy exports, or of those that failed
  /// last. Call both at least once a minute, each by one caller at a time. Blocks while commands run.
  void check_exports();
  void retry_exports();
  /// Kills running commands; call it before shutdown.
  void stop_commands();

  [[nodiscard]] std::vector<NameStatus> list() const;
  /// Of a name in a group, the group. So do renew(), use_spare(), signing_request(), import_certificate() and history().
  [[nodiscard]] Result<NameStatus> find(const std::string& name) const;
  Result<std::vector<HistoryLine>> history(const std::string& name) const;

  /// Performs the most urgent task that is due: certificates that expire soonest come first. False if nothing is due.
  bool work();
  /// When the next task is due; none: never.
  [[nodiscard]] std::optional<Time> next() const;
  /// Applies changes by other nodes in the database. False if a name that is being worked on here must be read again later. Cheap.
  Result<bool> synchronise();
  /// Corrects times after the clock was set back: continues steps that the wrong clock delayed or abandoned, and keeps certificates that
  /// only seemed expired. Blocks until all running steps are complete.
  void clock_set_back(const SetBack& jump);
  /// Has the active and spare certificates checked for revocation, and acts on the results. A revoked certificate is reported and replaced
  /// with its spare or a new one; a revoked spare is discarded. Does nothing without World::revocations. Call it before and after
  /// Revocations::work(), by one caller at a time. Blocks.
  void follow_revocations();
  /// Sets a function to call, from any thread, if next() may have become earlier.
  void on_change(std::function<void()> notify);
  /// Sets a function to call, from any thread, with each line of a name's history once it is written; it must not block. Before start().
  void on_step(std::function<void(const KeptName& name, const HistoryLine& line)> reported);
  /// When work() last had nothing left to do.
  [[nodiscard]] std::optional<Time> last_round() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace carillon::certs
