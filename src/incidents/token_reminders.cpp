// See token_reminders.hpp.

#include "incidents/token_reminders.hpp"

#include "accounts/ending_tokens.hpp"
#include "base/log.hpp"
#include "base/spoken_time.hpp"
#include "incidents/reminders.hpp"

#include <set>

namespace carillon::incidents {
namespace {

constexpr std::chrono::days kWorthReminding{7};
constexpr const char* kTokenEnds = "token-ends";

std::string subject_of(const accounts::EndingToken& token) { return token.name + " of " + token.email; }

Report report_of(const accounts::EndingToken& token) {
  const auto day = day_text(token.ends);
  return {.kind = kTokenEnds,
          .subject = subject_of(token),
          // Nobody stands in for the owner of a token: operators hear of it next.
          .in_charge = {.steward = token.email, .deputy = token.email, .network = {}},
          .what = token.email + "'s token “" + token.name + "” expires on " + day + ".",
          .consequence = "From then on, programs that use it can't sign in.",
          .remedy = "Create a new token in the studio under Account, or with `carillon token create --user " + token.email +
                    " --name NAME`. Use it in the program, then delete the old token.",
          .noticed_at = token.ends,
          .reminder = true};
}

}  // namespace

void remind_of_tokens(db::Database& database, Incidents& incidents, const Clock& clock) {
  const auto now = clock.now();
  const auto open = incidents.list(false);
  if (!open) log::warning("token reminders could not be cleared", {{"reason", open.error().message}});
  const auto done = database.write_now([&](db::Session& session) -> Result<> {
    std::set<std::string, std::less<>> ending;
    for (const auto& token : accounts::ending_tokens(session)) {
      if (token.ends <= now || token.ends - token.created < kWorthReminding) continue;
      ending.insert(subject_of(token));
      if (token.reminded > now) {
        // Noted by a clock that was ahead: the next reminder does not wait for that.
        accounts::note_reminder(session, token.id, now);
        continue;
      }
      const auto due = next_reminder(token.created, token.ends, now, token.reminded);
      if (!due || *due > now) continue;
      if (auto reported = incidents.report(session, report_of(token)); !reported) return forward_error(reported);
      accounts::note_reminder(session, token.id, now);
    }
    if (!open) return {};
    for (const auto& incident : *open) {
      if (incident.report.kind != kTokenEnds || ending.contains(incident.report.subject)) continue;
      if (auto solved = incidents.solve(session, kTokenEnds, incident.report.subject, "The token was revoked or has expired."); !solved)
        return solved;
    }
    return {};
  });
  if (!done) log::error("expiring tokens could not be read", {{"reason", done.error().message}});
}

}  // namespace carillon::incidents
