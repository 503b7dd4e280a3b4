// The scenarios. See drill.hpp.

#include "certs/drill/drill.hpp"

#include "base/id.hpp"
#include "base/spoken_time.hpp"
#include "certs/drill/stage.hpp"
#include "certs/keeper/history.hpp"

#include <algorithm>

namespace carillon::certs {
namespace {

using std::chrono::days;
using std::chrono::hours;
using testca::FaultKind;
using testca::RequestKind;

struct Outcome {
  bool passed = false;
  std::string verdict;
};

/// The outage of 31 May 2022: a two-year certificate that nobody renews. Ten hours after its end somebody imports a new one.
Result<Outcome> expired(Stage& stage) {
  constexpr days kTwoYears{730};
  constexpr hours kOutage{10};
  if (auto kept = stage.keep_by_hand(kTwoYears); !kept) return forward_error(kept);
  stage.note("begin", "a two-year certificate, imported manually; no one reacts to the reminders");
  stage.go_on(kTwoYears);
  const auto told_before = stage.channel.sent.size();
  stage.note("expired",
             "from now on, browsers and apps refuse to connect; " + std::to_string(told_before) + " messages were sent beforehand");
  stage.go_on(kOutage);
  if (auto imported = stage.import(kTwoYears); !imported) return forward_error(imported);
  stage.note("mended", "a new certificate is imported after ten hours, the length of the real outage that this drill replays");
  const bool seen = stage.go_on(hours{1}, [&] { return stage.is_seen(); });
  stage.go_on(hours{1});
  const bool passed = seen && told_before > 0;
  return Outcome{passed,
                 passed ? "The reminders worked: " + std::to_string(told_before) + " messages were sent before the certificate expired."
                        : "Reminders weren't sent as planned, or the new certificate wasn't verified from outside."};
}

Result<bool> first_certificate(Stage& stage) {
  if (auto kept = stage.keep_by_acme(); !kept) return forward_error(kept);
  return stage.go_on(hours{1}, [&] { return stage.is_seen(); });
}

Result<Outcome> revoked(Stage& stage) {
  const auto first = first_certificate(stage);
  if (!first || !*first) return Outcome{false, "The first certificate was not issued."};
  stage.go_on(days{10});
  const auto serial = stage.serial();
  if (auto gone = stage.ca->revoke(stage.ca->certificates(stage.name).back().identifier); !gone) return forward_error(gone);
  stage.note("revoked", "the CA revokes the certificate and says so in its renewal information");
  const auto at = stage.now();
  const bool replaced = stage.go_on(days{1}, [&] { return stage.serial() != serial && stage.is_seen(); });
  return Outcome{replaced, replaced
                               ? "Within " + span_text(stage.now() - at) +
                                     " of the revocation, the certificate was replaced and verified from outside, without manual action."
                               : "The certificate was not replaced within a day."};
}

Result<Outcome> issuer_down(Stage& stage) {
  const auto first = first_certificate(stage);
  if (!first || !*first) return Outcome{false, "The first certificate was not issued."};
  const auto serial = stage.serial();
  const auto fault = stage.ca->add_fault({.kind = FaultKind::no_answer});
  stage.note("the CA goes away", "it no longer responds to any request");
  stage.go_on(days{63});
  const bool reported = !stage.channel.sent.empty();
  stage.ca->remove_fault(fault);
  stage.note("the CA is back", "");
  const bool replaced = stage.go_on(hours{8}, [&] { return stage.serial() != serial && stage.is_seen(); });
  stage.go_on(hours{1});
  return Outcome{
      reported && replaced,
      reported && replaced
          ? "The steward was notified four weeks before expiry, and the certificate was renewed automatically once the CA was back."
          : "No one was notified, or the certificate wasn't renewed once the CA was back."};
}

Result<Outcome> wrong_key(Stage& stage) {
  const auto first = first_certificate(stage);
  if (!first || !*first) return Outcome{false, "The first certificate was not issued."};
  const auto serial = stage.serial();
  stage.ca->add_fault({.kind = FaultKind::wrong_key, .count = 1});
  stage.note("a wrong key", "the CA issues the next certificate for a different key");
  stage.go_on(days{59});
  bool kept = true;
  const bool replaced = stage.go_on(days{3}, [&] {
    const auto lines = stage.history();
    const bool rejected = std::ranges::any_of(lines, [](const HistoryLine& line) { return line.step == "rejected"; });
    if (rejected && stage.serial().empty()) kept = false;
    return rejected && stage.serial() != serial && stage.is_seen();
  });
  return Outcome{kept && replaced,
                 kept && replaced
                     ? "The wrong certificate was rejected, the old one stayed active, and the next order returned a correct one."
                     : "The wrong certificate wasn't handled correctly."};
}

Result<Outcome> clock_skew(Stage& stage) {
  const auto first = first_certificate(stage);
  if (!first || !*first) return Outcome{false, "The first certificate was not issued."};
  const auto serial = stage.serial();
  const auto fault = stage.ca->add_fault({.kind = FaultKind::date_off, .delay = days{1}});
  stage.note("the clocks disagree", "the CA's clock is a day ahead of this machine's");
  stage.go_on(days{63});  // the CA's window for a renewal ends within the 62nd day
  const bool reported = !stage.channel.sent.empty();
  const bool held = stage.serial() == serial;
  stage.ca->remove_fault(fault);
  stage.note("the clocks agree again", "");
  const bool replaced = stage.go_on(hours{8}, [&] { return stage.serial() != serial && stage.is_seen(); });
  stage.go_on(hours{1});
  const bool passed = reported && held && replaced;
  return Outcome{
      passed,
      passed
          ? "While the clocks disagreed, nothing was ordered and the steward was notified. Once they agreed, the certificate was renewed."
          : "The clock difference wasn't noticed or wasn't reported."};
}

Result<Outcome> nobody_reads_mail(Stage& stage) {
  const auto first = first_certificate(stage);
  if (!first || !*first) return Outcome{false, "The first certificate was not issued."};
  stage.ca->add_fault({.kind = FaultKind::no_answer});
  stage.note("the CA goes away", "and no one reads email");
  stage.go_on(days{60} + hours{12});
  const auto began = stage.channel.sent.size();
  stage.go_on(days{5});
  const auto open = stage.incidents->list(false);
  if (open && !open->empty()) {
    if (auto acknowledged = stage.incidents->acknowledge(open->front().id, "the rehearsal", incidents::kQuietUnlessSaid); !acknowledged)
      return forward_error(acknowledged);
    stage.note("acknowledged", "someone acknowledges the incident: reminders pause for 8 hours");
  }
  const auto before = stage.channel.sent.size();
  stage.go_on(hours{7});
  const bool quiet = stage.channel.sent.size() == before;
  stage.go_on(hours{2});
  const bool again = stage.channel.sent.size() > before;
  const bool passed = before > began && quiet && again;
  return Outcome{
      passed,
      passed ? "The reminders escalated and were repeated daily. They paused for 8 hours after someone acknowledged the incident, then "
               "resumed because it wasn't resolved."
             : "The escalation plan wasn't followed; see who was notified when."};
}

Result<Outcome> play(const std::string& scenario, Stage& stage) {
  if (scenario == "expired") return expired(stage);
  if (scenario == "revoked") return revoked(stage);
  if (scenario == "issuer-down") return issuer_down(stage);
  if (scenario == "wrong-key") return wrong_key(stage);
  if (scenario == "clock-skew") return clock_skew(stage);
  return nobody_reads_mail(stage);
}

}  // namespace

namespace {

/// Shown where nobody is named yet, so that the plan can be seen all the same.
constexpr std::string_view kStewardUnnamed = "the steward (not set)", kDeputyUnnamed = "the deputy (not set)";

}  // namespace

Result<DrillReport> run_drill(const std::string& scenario, const DrillParts& given) {
  auto parts = given;
  const bool unassigned = parts.in_charge.steward.empty();
  if (unassigned) parts.in_charge.steward = kStewardUnnamed;
  if (parts.in_charge.deputy.empty()) parts.in_charge.deputy = kDeputyUnnamed;
  if (std::ranges::find(kDrillScenarios, scenario) == kDrillScenarios.end()) {
    std::string known;
    for (const auto one : kDrillScenarios) known += (known.empty() ? "" : ", ") + std::string(one);
    return fail(ErrorKind::invalid, "There is no drill named “" + scenario + "”; choose from " + known + ".", "scenario");
  }
  const auto started = parts.clock.now();
  DrillReport report{.id = new_id(parts.clock, parts.random),
                     .scenario = scenario,
                     .name = {},
                     .events = {},
                     .passed = false,
                     .verdict = {},
                     .took_in_world = {},
                     .took = {}};
  report.name = scenario + "-" + report.id + ".drill.invalid";
  const auto folder = parts.scratch / report.id;
  const auto clean_up = [&] {
    std::error_code ignored;
    std::filesystem::remove_all(folder, ignored);
  };
  {
    auto stage = Stage::build(report.name, parts, folder);
    if (!stage) {
      clean_up();
      return forward_error(stage);
    }
    auto outcome = play(scenario, **stage);
    if (!outcome) {
      clean_up();
      return forward_error(outcome);
    }
    report.passed = outcome->passed;
    report.verdict = outcome->verdict;
    if (unassigned)
      report.verdict += " But no steward is set on this server: set `steward` under [certificates], otherwise these messages reach no one.";
    report.events = (*stage)->events();
    report.took_in_world = (*stage)->now() - (*stage)->began;
    // The very same lines as of any other name, under the scratch name.
    const auto lines = (*stage)->history();
    const auto kept = parts.database.write_now([&](db::Session& session) -> Result<> {
      for (const auto& line : lines) add_history(session, report.name, line);
      return {};
    });
    if (!kept) {
      clean_up();
      return std::unexpected(kept.error());
    }
  }
  clean_up();
  report.took = parts.clock.now() - started;
  return report;
}

}  // namespace carillon::certs
