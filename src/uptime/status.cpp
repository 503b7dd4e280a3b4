// See status.hpp.

#include "uptime/status.hpp"

#include <algorithm>

namespace carillon::uptime {
namespace {

/// What an incident was to people outside; none when it was nothing to them.
std::optional<PublicIncident> seen_outside(const incidents::Incident& incident, Time now) {
  const auto& report = incident.report;
  PublicIncident seen{.begun = incident.opened_at, .ended = incident.solved_at, .what = {}};
  if (report.kind == "renewal-failed" || report.kind == "manual-renewal") {
    if (!report.noticed_at || *report.noticed_at > incident.solved_at.value_or(now)) return {};
    seen.begun = std::max(seen.begun, *report.noticed_at);
    seen.downloads = Condition::fails;
    seen.what = seen.ended
                    ? "This site's certificate was not valid: apps and browsers refused to connect. Downloads, pages and publishing failed."
                    : "This site's certificate is not valid: apps and browsers refuse to connect. Downloads, pages and publishing fail.";
    return seen;
  }
  if (report.kind == "not-seen") {
    seen.downloads = Condition::limited;
    seen.what = seen.ended ? "Some addresses of this site didn't serve the right certificate; some apps may not have been able to connect."
                           : "Some addresses of this site don't serve the right certificate; some apps may not be able to connect.";
    return seen;
  }
  return {};
}

}  // namespace

std::vector<PublicIncident> public_incidents(std::span<const incidents::Incident> all, std::span<const std::string> own_names, Time now) {
  std::vector<PublicIncident> seen;
  for (const auto& incident : all) {
    if (incident.solved_at && *incident.solved_at < now - kIncidentsShown) continue;
    if (std::ranges::find(own_names, incident.report.subject) == own_names.end()) continue;
    if (auto one = seen_outside(incident, now)) seen.push_back(std::move(*one));
  }
  std::ranges::sort(seen, std::greater{}, &PublicIncident::begun);
  return seen;
}

}  // namespace carillon::uptime
