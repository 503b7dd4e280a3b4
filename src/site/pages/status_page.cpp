// See status_page.hpp.

#include "site/pages/status_page.hpp"

#include <fmt/format.h>
#include <algorithm>
#include "base/spoken_time.hpp"
#include "site/pages/excerpt.hpp"
#include "site/pages/frame.hpp"
#include "site/pages/templates.hpp"

namespace carillon::site {
namespace {

using uptime::Condition;
using uptime::kIncidentsShown;
using uptime::kStatusHolds;
using uptime::PartStatus;
using uptime::Status;

std::string machine_readable(Time time) { return to_rfc3339(std::chrono::floor<std::chrono::seconds>(time)); }

std::string_view word_for(Condition condition) {
  switch (condition) {
    case Condition::works:
      return "Working";
    case Condition::limited:
      return "Partially working";
    case Condition::fails:
      return "Not working";
  }
  return {};
}

std::string verdict_on(const Status& status) {
  const auto downloads = status.downloads.condition, publishing = status.publishing.condition;
  if (downloads == Condition::works && publishing == Condition::works) return "Everything is working";
  if (downloads == Condition::works) return publishing == Condition::fails ? "Publishing is down" : "Publishing is partially working";
  if (downloads == Condition::limited)
    return publishing == Condition::fails ? "Publishing is down, and downloads are partially working" : "Downloads are partially working";
  return publishing == Condition::fails ? "Downloads and publishing are down" : "Downloads are down";
}

void add_part(Values& values, std::string name, const PartStatus& part, bool holds) {
  auto& item = values.lists["parts"].emplace_back();
  item.texts = {{"part", std::move(name)},
                {"condition", std::string{holds ? "" : "Last known: "} + std::string{word_for(part.condition)}},
                {"since", part.since ? moment_text(*part.since) : std::string{}},
                {"since_exactly", part.since ? machine_readable(*part.since) : std::string{}},
                {"meaning", part.meaning},
                {"tone", holds ? (part.condition == Condition::works ? "good" : "bad") : "old"}};
}

}  // namespace

std::string status_page(const uptime::Status* status, const std::string& canonical, Time now) {
  Values values;
  values.texts["days"] = std::to_string(kIncidentsShown.count());
  auto& list = values.lists["incidents"];
  if (status) {
    const bool holds = now - status->looked <= kStatusHolds;
    values.texts["verdict"] = holds ? verdict_on(*status) : "Unknown at the moment";
    if (!holds) values.texts["outdated"] = "The last check is too old to show the current state. The state below is from that check.";
    add_part(values, "Downloads", status->downloads, holds);
    add_part(values, "Publishing", status->publishing, holds);
    values.texts["looked"] = machine_readable(status->looked);
    values.texts["looked_at"] = moment_text(status->looked);
    values.texts["measured"] = status->measured_since ? day_text(*status->measured_since) : std::string{};
    for (const auto& incident : status->incidents) {
      list.emplace_back().texts = {{"begun", machine_readable(incident.begun)},
                                   {"begun_at", moment_text(incident.begun)},
                                   {"ended", incident.ended ? machine_readable(*incident.ended) : std::string{}},
                                   {"ended_at", incident.ended ? moment_text(*incident.ended) : std::string{}},
                                   {"lasted", incident.ended ? span_text(*incident.ended - incident.begun) : std::string{}},
                                   {"incident", incident.what}};
    }
    if (!status->incidents_known)
      values.texts["quiet_time"] = "The list of incidents can't be read at the moment.";
    else if (now - *status->incidents_known > kStatusHolds)
      values.texts["quiet_time"] = std::string{"The list of incidents can't be read at the moment. "} +
                                   (list.empty() ? "There were none as of " : "This is the list as of ") +
                                   moment_text(*status->incidents_known) + ".";
    else if (list.empty())
      values.texts["quiet_time"] = status->measured_since && now - *status->measured_since < kIncidentsShown
                                       ? "None since monitoring began on " + day_text(*status->measured_since) + "."
                                       : "None.";
  } else {
    values.texts["verdict"] = "Not yet known";
    values.texts["quiet_time"] = "The list of incidents hasn't been read yet.";
  }
  values.flags["has_incidents"] = !list.empty();
  Frame frame;
  frame.title = "Status";
  frame.summary = "The current status of downloads and publishing, and recent incidents.";
  frame.canonical = canonical;
  return framed(std::move(frame), render(Template::status, values));
}

}  // namespace carillon::site
