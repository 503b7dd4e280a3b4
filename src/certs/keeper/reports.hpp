#pragma once
// The keeper's incident reports: the problem, what happens if nothing is done and when, and how to fix it. Pure.

#include "certs/dns_proof/standing_record.hpp"
#include "certs/keeper/kept_name.hpp"
#include "certs/revocation/revocation.hpp"
#include "certs/serving/exports.hpp"

namespace carillon::certs {

/// Whether failures put the renewal at risk, so that people must be notified: several failures over an hour, or little time left. A CA that
/// is down for some minutes doesn't alert anyone. `validity` is that of the active certificate, if any.
[[nodiscard]] bool endangers(const KeptName& name, const std::optional<Validity>& validity, Time now);

/// "renewal-failed": a renewal is late or fails. `mend` is the command to recommend ("carillon cert"). `other_until`: if the name has no
/// certificate of its own, until when it is served with that of a former group (Inventory::served_until()).
[[nodiscard]] incidents::Report renewal_report(const KeptName& name, const std::optional<Validity>& validity, Time now,
                                               const std::string& mend, std::optional<Time> other_until = {});
/// "This machine's clock is 8 minutes behind that of “x”"; `ahead`: how far the issuer's is ahead.
[[nodiscard]] std::string clock_text(const std::string& issuer, Duration ahead);
/// The people to notify of problems with an issuer or this machine that occurred with `name`; for a custom domain, its network is only
/// responsible for the name itself.
[[nodiscard]] incidents::Stewardship of_machine(const KeptName& name);
/// "clock": an issuer's clock and ours differ; `text` describes how.
[[nodiscard]] incidents::Report clock_report(const KeptName& name, const std::string& text);
/// "spares-failing": `issuer` doesn't issue spares; `name` is one of the affected names.
inline constexpr const char* kSparesFailing = "spares-failing";
[[nodiscard]] incidents::Report spares_report(const KeptName& name, const std::string& issuer, const std::string& reason);
/// kExportFailed; `subject`: each export of a name has its own.
inline constexpr const char* kExportFailed = "export-failed";
[[nodiscard]] incidents::Report export_report(const KeptName& name, const Export& wanted, const std::string& subject,
                                              const std::string& reason, const Validity& validity, Time now);
inline constexpr const char* kStandingRecord = "dns-record";
inline constexpr const char* kStandingRecordEnds = "dns-record-ends";
/// The TXT record with which `host` permits certificates (DNS-PERSIST-01) doesn't permit them (kStandingRecord), or ends soon
/// (kStandingRecordEnds).
[[nodiscard]] incidents::Report standing_report(const KeptName& name, const std::string& host, const StandingAnswer& found,
                                                const std::optional<Validity>& validity, Time now);
inline constexpr const char* kNotSeen = "not-seen";
/// kNotSeen: the wrong certificate is served outside at `host`, one of the row's names.
[[nodiscard]] incidents::Report watched_report(const KeptName& name, const std::string& host, const std::string& problem,
                                               const std::optional<Validity>& validity, Time now);
inline constexpr const char* kLeftOut = "name-left-out";
/// kLeftOut: the certificate of a group is ordered without `member`, because a CA can't verify it.
[[nodiscard]] incidents::Report left_out_report(const KeptName& group, const Member& member, const std::string& mend);
/// kLeftOut: the active certificate of a group lacks `host`, and no issuer may issue one that includes it; `why`: the reason, as a
/// sentence.
[[nodiscard]] incidents::Report lacking_report(const KeptName& group, const std::string& host, const std::string& why);
inline constexpr const char* kNotManaged = "not-managed";
/// kNotManaged: a name or group in the configuration can't be managed; `reason`: a sentence. The subject of a group is "group NAME".
[[nodiscard]] incidents::Report not_managed_report(const std::string& name, bool group, const incidents::Stewardship& in_charge,
                                                   const std::string& reason);
inline constexpr const char* kRevoked = "revoked";
/// kRevoked: the CA has revoked the active certificate. `spare`: there is one to switch to. `automatic`: an issuer may issue another.
[[nodiscard]] incidents::Report revoked_report(const KeptName& name, const Revocation& found, bool spare, bool automatic, Time now,
                                               const std::string& mend);
/// "manual-renewal": a manually renewed certificate is about to expire. `problem`: why none is issued automatically, or "".
[[nodiscard]] incidents::Report manual_report(const KeptName& name, const std::optional<Validity>& validity, Time now,
                                              const std::string& mend, const std::string& problem, std::optional<Time> other_until = {});

}  // namespace carillon::certs
