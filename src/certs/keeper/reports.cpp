// See reports.hpp.

#include "certs/keeper/reports.hpp"

#include "base/spoken_time.hpp"
#include "crypto/inspection.hpp"

namespace carillon::certs {
namespace {

using std::chrono::hours;

constexpr int kFailuresWorthTelling = 3;
constexpr hours kFailingWorthTelling{1};
/// With less than this share of the lifetime left a failure is told at once.
constexpr int kLittleLeft = 4;

std::string in_or_since(Time when, Time now, const char* future, const char* past) {
  return when > now ? std::string(future) + span_text(when - now) : std::string(past) + span_text(now - when) + " ago";
}

std::string capitalized(std::string text) {
  if (text.starts_with("the group")) text.front() = 'T';
  return text;
}

std::string outcome(const KeptName& row, const std::optional<Validity>& validity, Time now, std::optional<Time> other_until = {}) {
  const auto name = listed(row.hosts());
  if (!validity && other_until)
    return "Clients get the certificate of the group that " + name + " was in. It expires on " + moment_text(*other_until) + ", in " +
           span_text(*other_until - now) + "; after that, browsers and apps reject " + name + ".";
  if (row.is_rsa_beside()) {
    const auto who = "lients that can use only RSA certificates can't connect to " + name + ".";
    if (!validity || validity->not_after <= now) return "C" + who + " All others get its other certificate, if it has one.";
    return "The active certificate expires on " + moment_text(validity->not_after) + ", in " + span_text(validity->not_after - now) +
           "; after that, c" + who;
  }
  if (!validity) return "No one can reach https://" + name + " without a certificate.";
  if (validity->not_after <= now)
    return "The certificate expired on " + moment_text(validity->not_after) + ", " + span_text(now - validity->not_after) +
           " ago: browsers and apps reject " + name + ".";
  return "The active certificate expires on " + moment_text(validity->not_after) + ", in " + span_text(validity->not_after - now) +
         "; after that, browsers and apps reject " + name + ".";
}

}  // namespace

bool endangers(const KeptName& name, const std::optional<Validity>& validity, Time now) {
  const bool often = name.failures >= kFailuresWorthTelling;
  if (!validity) return often;
  if (validity->not_after - now < validity->lifetime() / kLittleLeft) return often || validity->not_after - now < hours{24};
  return often && name.first_failure && now - *name.first_failure >= kFailingWorthTelling;
}

incidents::Report renewal_report(const KeptName& name, const std::optional<Validity>& validity, Time now, const std::string& mend,
                                 std::optional<Time> other_until) {
  incidents::Report report{.kind = "renewal-failed",
                           .subject = name.name,
                           .in_charge = name.in_charge,
                           .what = {},
                           .consequence = outcome(name, validity, now, other_until),
                           .remedy = {},
                           .noticed_at = validity ? validity->not_after : other_until.value_or(now)};
  if (validity && validity->not_after <= now)
    report.what = "The certificate for " + name.spoken() + " expired " + in_or_since(validity->not_after, now, "in ", "") + ".";
  else if (!validity)
    report.what = capitalized(name.spoken()) + (other_until ? " has no certificate of its own" : " has no certificate") +
                  ", and attempts to get one have failed.";
  else
    report.what = "The certificate for " + name.spoken() + " should have been renewed, but hasn't been.";
  if (!name.last_error.empty()) {
    report.what += " " + name.last_error;
    if (!report.what.ends_with('.')) report.what += ".";
    if (name.first_failure)
      report.what += " Carillon has tried and failed " + std::to_string(name.failures) + (name.failures == 1 ? " time" : " times") +
                     " since " + moment_text(*name.first_failure) + ".";
  } else if (name.step == Step::ordered || name.step == Step::validated || name.step == Step::issued) {
    // Nothing has failed, and nothing goes on.
    report.what += " The order with “" + name.issuer + "” has been “" + std::string(name_of(name.step)) + "” for " +
                   span_text(now - name.step_at) + ".";
  }
  report.remedy = "Carillon keeps retrying. To see every step: `" + mend + " history " + name.name + "`. When the cause is fixed: `" +
                  mend + " renew " + name.name + "`. If no CA will issue a certificate: `" + mend + " csr " + name.name +
                  "` starts a manual renewal.";
  return report;
}

incidents::Stewardship of_machine(const KeptName& name) {
  return name.source == Source::domain ? incidents::Stewardship{} : name.in_charge;
}

std::string clock_text(const std::string& issuer, Duration ahead) {
  const auto off = std::chrono::round<std::chrono::minutes>(ahead < Duration{} ? -ahead : ahead);
  return "This machine's clock is " + span_text(off) + (ahead < Duration{} ? " ahead of" : " behind") + " that of “" + issuer + "”";
}

incidents::Report clock_report(const KeptName& name, const std::string& text) {
  return {.kind = "clock",
          .subject = name.issuer,
          .in_charge = of_machine(name),
          .what = text + ".",
          .consequence =
              "Carillon may misjudge dates: a certificate may be served before clients accept it, or renewed too late. While the clocks "
              "are more "
              "than an hour apart, Carillon doesn't order from this CA, and expiring certificates aren't renewed.",
          .remedy =
              "Check this machine's clock: `timedatectl status`. If it is right, the CA's is wrong. This incident closes when the two "
              "clocks agree.",
          .noticed_at = {}};
}

incidents::Report spares_report(const KeptName& name, const std::string& issuer, const std::string& reason) {
  return {
      .kind = kSparesFailing,
      .subject = issuer,
      .in_charge = of_machine(name),
      .what = "“" + issuer + "” can't issue spare certificates: " + reason + (reason.ends_with('.') ? "" : ".") + " " + name.name +
              (name.spare_first_failure ? " has been waiting since " + moment_text(*name.spare_first_failure) + "."
                                        : " is one of the names waiting."),
      .consequence =
          "The active certificate isn't affected. But if its issuer fails or revokes it, there is no second certificate to fall back on.",
      .remedy = "Check the issuer's address, account and contact in the configuration. Carillon keeps retrying.",
      .noticed_at = {}};
}

incidents::Report export_report(const KeptName& name, const Export& wanted, const std::string& subject, const std::string& reason,
                                const Validity& validity, Time now) {
  return {.kind = kExportFailed,
          .subject = subject,
          .in_charge = name.in_charge,
          .what = "The certificate for " + name.spoken() + " could not be exported to " + wanted.folder.string() + ": " + reason,
          .consequence = "The other server keeps using its old certificate. " + outcome(name, validity, now),
          .remedy = "Fix the reported problem; Carillon retries the export every minute.",
          .noticed_at = {}};
}

incidents::Report standing_report(const KeptName& name, const std::string& host, const StandingAnswer& found,
                                  const std::optional<Validity>& validity, Time now) {
  const auto record = standing_record_name(host);
  return {.kind = found.permits ? kStandingRecordEnds : kStandingRecord,
          .subject = name.subject_of(host),
          .in_charge = name.in_charge,
          .what = found.permits ? "The TXT record " + record + ", which permits certificates for " + host + ", ends on " +
                                      moment_text(*found.until) + " (persistUntil), in " + span_text(*found.until - now) + "."
                                : found.problem,
          .consequence = "Without this record, the certificate can't be renewed. " + outcome(name, validity, now),
          .remedy = found.permits ? "Choose a later persistUntil in the record, or remove persistUntil from it."
                                  : "Carillon checks every ten minutes, and continues when it finds the record.",
          .noticed_at = validity ? std::optional{validity->not_after} : std::nullopt};
}

incidents::Report left_out_report(const KeptName& group, const Member& member, const std::string& mend) {
  return {.kind = kLeftOut,
          .subject = member.name,
          .in_charge = group.in_charge,
          .what = "The certificate of " + group.spoken() + " is ordered without " + member.name +
                  ", so that it doesn't block the others. " + member.last_error + (member.last_error.ends_with('.') ? "" : ".") +
                  " This has happened " + std::to_string(member.failures) + (member.failures == 1 ? " time" : " times") +
                  (member.first_failure ? " since " + moment_text(*member.first_failure) + "." : "."),
          .consequence = "Browsers and apps reject " + member.name + " wherever a certificate of this group without that name is served.",
          .remedy = (crypto::is_ip_address(member.name)
                         ? "Check whether requests to " + member.name + " reach this server."
                         : "Check the DNS records of " + member.name + ", and whether requests for it reach this server.") +
                    " Carillon keeps retrying and includes the name again as soon as it can be verified. To retry now: `" + mend +
                    " renew " + group.name + "`. If the name is no longer needed, remove it from the group in the configuration.",
          .noticed_at = {}};
}

incidents::Report lacking_report(const KeptName& group, const std::string& host, const std::string& why) {
  return {.kind = kLeftOut,
          .subject = host,
          .in_charge = group.in_charge,
          .what = "The active certificate of " + group.spoken() + " doesn't include " + host + ", and a new one can't be ordered: " + why,
          .consequence = "Browsers and apps reject " + host + " as soon as no earlier certificate that includes it is valid.",
          .remedy = "Correct the group or the issuers in the configuration, or remove " + host +
                    " from the group. The incident is resolved when the group has a certificate for the name.",
          .noticed_at = {}};
}

incidents::Report not_managed_report(const std::string& name, bool group, const incidents::Stewardship& in_charge,
                                     const std::string& reason) {
  const auto spoken = group ? "the group “" + name + "”" : name;
  return {.kind = kNotManaged,
          .subject = group ? "group " + name : name,
          .in_charge = in_charge,
          .what = capitalized(spoken) + " in the configuration can't be managed: " + reason,
          .consequence = "No certificate is ordered or renewed for " + spoken +
                         (group ? ". A name that had a certificate of its own before keeps it." : "."),
          .remedy = "Correct the configuration and reload it (SIGHUP). The incident is resolved when " + spoken + " can be managed.",
          .noticed_at = {}};
}

incidents::Report watched_report(const KeptName& name, const std::string& host, const std::string& problem,
                                 const std::optional<Validity>& validity, Time now) {
  return {.kind = kNotSeen,
          .subject = name.subject_of(host),
          .in_charge = name.in_charge,
          .what = "A check of " + host + " from outside" +
                  (name.is_rsa_beside() ? ", as a client that can use only RSA certificates," : "") + " found a problem: " + problem,
          .consequence = "Clients that connect there don't get the right certificate. " + outcome(name, validity, now),
          .remedy = "See what responds there: `openssl s_client -connect " + host + ":" + std::to_string(name.port) + " -servername " +
                    host + "`. Common causes: a DNS record still points to an old machine, or a server wasn't reloaded.",
          .noticed_at = {}};
}

incidents::Report revoked_report(const KeptName& name, const Revocation& found, bool spare, bool automatic, Time now,
                                 const std::string& mend) {
  std::string remedy;
  if (spare)
    remedy =
        "Carillon is switching to the spare certificate. This incident is resolved once that certificate has been verified from outside.";
  else if (automatic)
    remedy =
        "Carillon is ordering a new certificate with a new key. This incident is resolved once the new certificate has been verified "
        "from outside. To see every step: `" +
        mend + " history " + name.name + "`.";
  else
    remedy = "Get a new certificate: `" + mend + " csr " + name.name + "` creates a new key and the request; `" + mend + " import " +
             name.name + " --cert FILE` imports the result.";
  if (revocation_reason(found.reason) == "keyCompromise")
    remedy += " The CA says that the private key is compromised. Find out how someone else got it.";
  return {.kind = kRevoked,
          .subject = name.name,
          .in_charge = name.in_charge,
          .what = "The certificate for " + name.spoken() + " is no longer valid. " + found.sentence(),
          .consequence = "Browsers and apps that check for revocation reject " + listed(name.hosts()) + ".",
          .remedy = std::move(remedy),
          .noticed_at = now};
}

incidents::Report manual_report(const KeptName& name, const std::optional<Validity>& validity, Time now, const std::string& mend,
                                const std::string& problem, std::optional<Time> other_until) {
  if (!validity && !problem.empty())
    return {
        .kind = "manual-renewal",
        .subject = name.name,
        .in_charge = of_machine(name),
        .what = problem,
        .consequence = outcome(name, validity, now, other_until) + " Carillon can't get a certificate until someone acts.",
        .remedy = "Add a CA under [[certificates.issuers]] in the configuration and restart the server, or get a certificate manually: `" +
                  mend + " csr " + name.name + "`.",
        .noticed_at = other_until.value_or(now)};
  return {.kind = "manual-renewal",
          .subject = name.name,
          .in_charge = name.in_charge,
          .what = validity ? "The certificate for " + name.spoken() + " must be renewed manually now: it " +
                                 in_or_since(validity->not_after, now, "expires in ", "expired ") + "."
                           : capitalized(name.spoken()) + " is renewed manually and has no certificate yet.",
          .consequence = outcome(name, validity, now, other_until),
          .remedy = "`" + mend + " csr " + name.name + "` creates the request and explains each step; `" + mend + " import " + name.name +
                    " --cert FILE` imports the result.",
          .noticed_at = validity ? std::optional{validity->not_after} : other_until};
}

}  // namespace carillon::certs
