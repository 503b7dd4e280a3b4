#pragma once
// What the keeper says to people when something is wrong: what, what happens if nothing is done and when, and what mends it. Pure.

#include "certs/keeper/kept_name.hpp"
#include "certs/serving/exports.hpp"

namespace carillon::certs {

/// Whether failing now endangers the date, so that somebody must know: several failures over an hour, or little life left; a CA that is
/// away for some minutes wakes nobody. `validity` is that of the certificate in force, none if there is none.
[[nodiscard]] bool endangers(const KeptName& name, const std::optional<Validity>& validity, Time now);

/// "renewal-failed": a renewal is late or fails. `mend` spells the command ("carillon cert").
[[nodiscard]] incidents::Report renewal_report(const KeptName& name, const std::optional<Validity>& validity, Time now,
                                               const std::string& mend);
/// "This machine's clock is 8 minutes behind that of “x”"; `ahead`: how far the issuer's is ahead.
[[nodiscard]] std::string clock_text(const std::string& issuer, Duration ahead);
/// Who is told of what concerns an issuer or this machine when it came up with `name`: of a show's domain, its network is in charge of the
/// name alone.
[[nodiscard]] incidents::Stewardship of_machine(const KeptName& name);
/// "clock": an issuer's clock and ours differ; `text` says how.
[[nodiscard]] incidents::Report clock_report(const KeptName& name, const std::string& text);
/// "spares-failing": `issuer` gives no second certificates; `name` is one of those without.
inline constexpr const char* kSparesFailing = "spares-failing";
[[nodiscard]] incidents::Report spares_report(const KeptName& name, const std::string& issuer, const std::string& reason);
/// kExportFailed; `subject`: of several exports of a name each has its own.
inline constexpr const char* kExportFailed = "export-failed";
[[nodiscard]] incidents::Report export_report(const KeptName& name, const Export& wanted, const std::string& subject,
                                              const std::string& reason, const Validity& validity, Time now);
inline constexpr const char* kNotSeen = "not-seen";
/// kNotSeen: what is served from outside is not what it should be.
[[nodiscard]] incidents::Report watched_report(const KeptName& name, const std::string& problem, const std::optional<Validity>& validity,
                                               Time now);
/// "manual-renewal": a certificate that a person has to renew comes to its end. `problem`: why nobody issues one, or "".
[[nodiscard]] incidents::Report manual_report(const KeptName& name, const std::optional<Validity>& validity, Time now,
                                              const std::string& mend, const std::string& problem);

}  // namespace carillon::certs
