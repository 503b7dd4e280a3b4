#pragma once
// The keeper's data about a name: steward and deputy, active certificate, progress of the renewal.

#include "certs/keeper/schedule/renewal_time.hpp"
#include "certs/serving/rsa_mark.hpp"
#include "incidents/incidents.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace carillon::certs {

/// How far a renewal has progressed. Only `seen` completes it.
enum class Step {
  none,       ///< nothing yet: the name is new, or needs a manual import
  due,        ///< a renewal is due; no order yet
  ordered,    ///< an order is placed; its challenges are pending
  validated,  ///< the CA has validated the name; the signing request is sent next, or was sent
  issued,     ///< the certificate is ready to fetch from the CA
  stored,     ///< checked, and in the database with its key
  loaded,     ///< listeners serve it, exports are written
  seen,       ///< every address serves it, verified from outside
};
[[nodiscard]] std::string_view name_of(Step step) noexcept;
[[nodiscard]] std::optional<Step> step_from(std::string_view text) noexcept;

/// Why a name is managed.
enum class Source { configuration, person, domain, drill };
[[nodiscard]] std::string_view name_of(Source source) noexcept;
[[nodiscard]] Source source_from(std::string_view text) noexcept;

inline constexpr std::string_view kLocalIssuer = "local";
inline constexpr std::string_view kManualIssuer = "manual";

/// How widely an issuer's certificates are trusted: a certificate never replaces a valid one with a higher rank.
enum class Rank : std::uint8_t { local = 0, own = 1, everywhere = 2 };

/// One certificate as stored in the database.
struct StoredCertificate {
  std::string id;      ///< SHA-256 of the leaf's DER, hexadecimal
  std::string name;    ///< of the managed name or group
  std::string issuer;  ///< name of the issuer as configured, "local" or "manual"
  Rank rank = Rank::local;
  std::string serial;
  Validity validity;
  std::string ari_id;  ///< RFC 9773 §4.1; "" if it has none
  std::string chain;   ///< PEM, leaf first
  std::string sealed_key;
  Time stored;
  std::optional<Time> seen;
  std::vector<std::string> names{};  ///< what it is valid for; empty: `name` alone
};

/// At most this many names in a group (the profile "tlsserver" of Let's Encrypt).
inline constexpr std::size_t kMaxMembers = 25;

/// A name in a group, which shares one certificate with the others.
struct Member {
  std::string name;
  int failures = 0;                     ///< consecutive: how often a CA could not verify it
  std::optional<Time> first_failure{};  ///< of these
  Time again_at{};                      ///< if it is left out: no order includes it before this
  bool left_out = false;                ///< orders are placed without it, so that it doesn't block the others
  std::string last_error{};
  bool operator==(const Member&) const = default;
};

/// A managed name or group. Changes are written with write_name() under the lease.
struct KeptName {
  std::string name;             ///< or the name of the group
  std::vector<Member> members;  ///< of a group, in the order of the configuration; empty: it is a single name
  Source source = Source::configuration;
  std::string name_options;  ///< "": the configured issuers in order; else one issuer's name, or "manual"
  incidents::Stewardship in_charge;
  std::uint16_t port = 443;  ///< its public TLS port
  Time added;

  Step step = Step::none;
  Time step_at;
  Time next_try;        ///< when the current renewal continues
  Time renew_at;        ///< when the next renewal starts
  std::string current;  ///< ID of the active certificate, "" if none

  std::string issuer;       ///< the issuer of this renewal
  int failures = 0;         ///< consecutive, across restarts
  int issuer_failures = 0;  ///< of these, with the current issuer
  std::optional<Time> first_failure;
  std::string last_error;
  bool without_replaces = false;  ///< the CA rejected `replaces` (RFC 9773 §5)
  std::string order_url;
  std::string order_key;                 ///< sealed key of the pending certificate
  std::vector<std::string> order_names;  ///< the names in the order; empty: `name` alone
  std::string proof;  ///< the published proofs (solvers.hpp), "" if none: any node can respond with them, also after a restart
  std::string fresh;  ///< ID of the certificate that is stored but not yet verified from outside

  std::string spare;       ///< id of the spare, "" if none
  bool for_spare = false;  ///< the current steps are for the spare, not for the active certificate
  Time spare_at;           ///< no order for a spare before this
  int spare_failures = 0;  ///< consecutive, across restarts
  std::optional<Time> spare_first_failure;

  std::optional<RenewalWindow> window;
  std::optional<Time> reminded;  ///< when the steward was last reminded of a manual renewal

  std::int64_t lease_number = 0;
  std::int64_t revision = 0;

  [[nodiscard]] bool is_group() const noexcept { return !members.empty(); }
  /// Whether it's a second certificate for a host, with an RSA key (rsa_mark.hpp).
  [[nodiscard]] bool is_rsa_beside() const noexcept { return !is_group() && has_rsa_mark(name); }
  /// The host of a single name.
  [[nodiscard]] std::string_view host() const noexcept { return is_group() ? name : without_rsa_mark(name); }
  /// The names for which it needs a certificate: those of the group, or its host.
  [[nodiscard]] std::vector<std::string> hosts() const;
  /// None if `host` isn't in the group.
  [[nodiscard]] Member* member(std::string_view host) noexcept;
  [[nodiscard]] const Member* member(std::string_view host) const noexcept;
  /// The subject of incidents about what is served for `host`, one of its names.
  [[nodiscard]] std::string subject_of(const std::string& host) const { return is_rsa_beside() ? name : host; }
  /// For messages: the host, “the group “site” (www.example.org, example.org)”, or “www.example.org (RSA)”.
  [[nodiscard]] std::string spoken() const;
};
/// "www.example.org", "www.example.org and example.org", "a, b and c".
[[nodiscard]] std::string listed(const std::vector<std::string>& names);

/// The result of a check of one address of a name.
struct AddressSeen {
  std::string address;
  Time at;
  std::string serial;   ///< the served certificate, "" if none
  bool ours = false;    ///< it is the active certificate
  std::string problem;  ///< "" if there is none
  std::string name{};   ///< the name that was requested there, if it is a group's
};

/// One export of a name on this node.
struct ExportState {
  std::filesystem::path folder;
  std::string state = "pending";  ///< "ok", "failed", or "pending": not tried yet
  std::optional<Time> at{};       ///< of the last run
  std::string problem{};          ///< why it failed
};

/// One line of `cert history`.
struct HistoryLine {
  Time at;
  std::string step;  ///< a Step's name, or "failed", "refused", "reminded", …
  std::string issuer;
  std::string detail;
};

}  // namespace carillon::certs
