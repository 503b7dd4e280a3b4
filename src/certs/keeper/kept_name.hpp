#pragma once
// What the keeper knows of one name: who is in charge, which certificate is in force, how far a renewal has come.

#include "certs/keeper/schedule/renewal_time.hpp"
#include "incidents/incidents.hpp"

#include <cstdint>
#include <filesystem>

namespace carillon::certs {

/// How far a renewal has come. Only `seen` closes it.
enum class Step {
  none,       ///< nothing yet: the name is new, or waits for a person
  due,        ///< it is time; no order yet
  ordered,    ///< an order is placed; its challenges are being answered
  validated,  ///< the CA believes us; the request is to be sent, or was
  issued,     ///< the certificate lies at the CA, ready to fetch
  stored,     ///< checked, and in the database with its key
  loaded,     ///< listeners hand it out, exports are written
  seen,       ///< every address serves it, looked at from outside
};
[[nodiscard]] std::string_view name_of(Step step) noexcept;
[[nodiscard]] std::optional<Step> step_from(std::string_view text) noexcept;

/// Why a name is kept.
enum class Source { configuration, person, domain, drill };
[[nodiscard]] std::string_view name_of(Source source) noexcept;
[[nodiscard]] Source source_from(std::string_view text) noexcept;

inline constexpr std::string_view kLocalIssuer = "local";
inline constexpr std::string_view kManualIssuer = "manual";

/// How widely an issuer's certificates are trusted: nothing replaces what ranks higher and is still in force.
enum class Rank : std::uint8_t { local = 0, own = 1, everywhere = 2 };

/// One certificate as it lies in the database.
struct StoredCertificate {
  std::string id;  ///< SHA-256 of the leaf's DER, hexadecimal
  std::string name;
  std::string issuer;  ///< name of the issuer as configured, "local" or "manual"
  Rank rank = Rank::local;
  std::string serial;
  Validity validity;
  std::string ari_id;  ///< RFC 9773 §4.1; "" if it has none
  std::string chain;   ///< PEM, leaf first
  std::string sealed_key;
  Time stored;
  std::optional<Time> seen;
};

/// One name under care. What changes is written with write_name() under the lease.
struct KeptName {
  std::string name;
  Source source = Source::configuration;
  std::string name_options;  ///< "": the configured issuers in order; else one issuer's name, or "manual"
  incidents::Stewardship in_charge;
  std::uint16_t port = 443;  ///< where the world reaches it over TLS
  Time added;

  Step step = Step::none;
  Time step_at;
  Time next_try;        ///< the renewal under way goes on then
  Time renew_at;        ///< the next renewal begins then
  std::string current;  ///< id of the certificate in force, "" if none

  std::string issuer;       ///< who is asked in this renewal
  int failures = 0;         ///< in a row, over restarts
  int issuer_failures = 0;  ///< of these, with the issuer asked now
  std::optional<Time> first_failure;
  std::string last_error;
  bool without_replaces = false;  ///< the CA refused to hear which certificate is replaced (RFC 9773 §5)
  std::string order_url;
  std::string order_key;  ///< sealed key of the certificate to come
  std::string proof;      ///< the key authorization that is out, "" if none: any node answers with it, after any restart
  std::string fresh;      ///< id of the certificate that is stored but not yet seen

  std::string spare;       ///< id of the spare, "" if none
  bool for_spare = false;  ///< the steps under way make the spare, not what is served
  Time spare_at;           ///< no order for a spare before this
  int spare_failures = 0;  ///< in a row, over restarts
  std::optional<Time> spare_first_failure;

  std::optional<RenewalWindow> window;
  std::optional<Time> reminded;  ///< when the steward was last reminded of a manual one

  std::int64_t lease_number = 0;
  std::int64_t revision = 0;
};

/// What one look at one address of a name showed.
struct AddressSeen {
  std::string address;
  Time at;
  std::string serial;   ///< what it served, "" if nothing
  bool ours = false;    ///< it is the certificate in force
  std::string problem;  ///< "" when all is well
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
