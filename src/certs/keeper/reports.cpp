// See reports.hpp.

#include "certs/keeper/reports.hpp"

#include "base/spoken_time.hpp"

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

std::string outcome(const std::string& name, const std::optional<Validity>& validity, Time now) {
  if (!validity) return "Nobody can reach https://" + name + " without a certificate.";
  if (validity->not_after <= now)
    return "The certificate ended on " + moment_text(validity->not_after) + ", " + span_text(now - validity->not_after) +
           " ago: browsers and apps refuse " + name + ".";
  return "The certificate in force ends on " + moment_text(validity->not_after) + ", in " + span_text(validity->not_after - now) +
         "; then browsers and apps refuse " + name + ".";
}

}  // namespace

bool endangers(const KeptName& name, const std::optional<Validity>& validity, Time now) {
  const bool often = name.failures >= kFailuresWorthTelling;
  if (!validity) return often;
  if (validity->not_after - now < validity->lifetime() / kLittleLeft) return often || validity->not_after - now < hours{24};
  return often && name.first_failure && now - *name.first_failure >= kFailingWorthTelling;
}

incidents::Report renewal_report(const KeptName& name, const std::optional<Validity>& validity, Time now, const std::string& mend) {
  incidents::Report report{.kind = "renewal-failed",
                           .subject = name.name,
                           .in_charge = name.in_charge,
                           .what = {},
                           .consequence = outcome(name.name, validity, now),
                           .remedy = {},
                           .noticed_at = validity ? validity->not_after : now};
  if (validity && validity->not_after <= now)
    report.what = "The certificate of " + name.name + " has expired, " + in_or_since(validity->not_after, now, "in ", "") + ".";
  else if (!validity)
    report.what = name.name + " has no certificate, and getting one fails.";
  else
    report.what = "The certificate of " + name.name + " should have been renewed, and was not.";
  if (!name.last_error.empty()) {
    report.what += " " + name.last_error;
    if (!report.what.ends_with('.')) report.what += ".";
    if (name.first_failure)
      report.what += " It has failed " + std::to_string(name.failures) + (name.failures == 1 ? " time" : " times") + " since " +
                     moment_text(*name.first_failure) + ".";
  } else if (name.step == Step::ordered || name.step == Step::validated || name.step == Step::issued) {
    // Nothing has failed, and nothing goes on.
    report.what += " The order with “" + name.issuer + "” has stood at “" + std::string(name_of(name.step)) + "” for " +
                   span_text(now - name.step_at) + ".";
  }
  report.remedy = "It is tried again without end. To see every step: `" + mend + " history " + name.name +
                  "`. When the cause is mended: `" + mend + " renew " + name.name + "`. If no CA will issue: `" + mend + " csr " +
                  name.name + "` leads through doing it by hand.";
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
  return {
      .kind = "clock",
      .subject = name.issuer,
      .in_charge = of_machine(name),
      .what = text + ".",
      .consequence =
          "Dates are judged wrongly: a certificate may be served before clients take it, or renewed too late. While the clocks are more "
          "than an hour apart, nothing is ordered there, and certificates that end are not renewed.",
      .remedy =
          "Check this machine's clock: `timedatectl status`. If it is right, the CA's is wrong. This closes by itself when the two "
          "agree.",
      .noticed_at = {}};
}

incidents::Report spares_report(const KeptName& name, const std::string& issuer, const std::string& reason) {
  return {
      .kind = kSparesFailing,
      .subject = issuer,
      .in_charge = of_machine(name),
      .what = "“" + issuer + "” gives no spares: " + reason + (reason.ends_with('.') ? "" : ".") + " " + name.name +
              (name.spare_first_failure ? " has asked since " + moment_text(*name.spare_first_failure) + "." : " is one that asks."),
      .consequence =
          "What is served is not touched by it. But should its own issuer fail or revoke, there is no second certificate to fall back on.",
      .remedy =
          "Look whether the issuer's address, account and contact in the configuration are right: `carillon doctor`. It is tried "
          "again without end.",
      .noticed_at = {}};
}

incidents::Report export_report(const KeptName& name, const Export& wanted, const std::string& reason, const Validity& validity, Time now) {
  return {.kind = "export-failed",
          .subject = name.name,
          .in_charge = name.in_charge,
          .what = "The new certificate of " + name.name + " could not be handed on to " + wanted.folder.string() + ": " + reason,
          .consequence = "The other server goes on with the old certificate. " + outcome(name.name, validity, now),
          .remedy = "Mend what the command complains about and run it by hand; the export is tried again by itself.",
          .noticed_at = {}};
}

incidents::Report watched_report(const KeptName& name, const std::string& problem, const std::optional<Validity>& validity, Time now) {
  return {.kind = kNotSeen,
          .subject = name.name,
          .in_charge = name.in_charge,
          .what = "Seen from outside, " + name.name + " is not as it should be: " + problem,
          .consequence =
              "Whoever connects there gets something else than the certificate that is kept for it. " + outcome(name.name, validity, now),
          .remedy = "Look at what answers there: `openssl s_client -connect " + name.name + ":" + std::to_string(name.port) +
                    " -servername " + name.name + "`. Often an address record points at an old machine, or a server was not reloaded.",
          .noticed_at = {}};
}

incidents::Report manual_report(const KeptName& name, const std::optional<Validity>& validity, Time now, const std::string& mend) {
  return {.kind = "manual-renewal",
          .subject = name.name,
          .in_charge = name.in_charge,
          .what = validity ? "The certificate of " + name.name + " is renewed by hand, and it is time: it " +
                                 in_or_since(validity->not_after, now, "ends in ", "ended ") + "."
                           : name.name + " is kept by hand and has no certificate yet.",
          .consequence = outcome(name.name, validity, now),
          .remedy = "`" + mend + " csr " + name.name + "` makes the request and says step by step what to do; `" + mend + " import " +
                    name.name + " --cert FILE` brings the answer in.",
          .noticed_at = validity ? std::optional{validity->not_after} : std::nullopt};
}

}  // namespace carillon::certs
