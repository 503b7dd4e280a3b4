// See quiet_people.hpp.

#include "incidents/quiet_people.hpp"

#include "base/log.hpp"
#include "base/text.hpp"
#include "incidents/quiet_people_queries.hpp"

namespace carillon::incidents {
namespace {

std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const auto& line : lines) text += (text.empty() ? "" : "\n") + line;
  return text;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  if (text.empty()) return lines;
  for (const auto line : split(text, '\n')) lines.emplace_back(line);
  return lines;
}

}  // namespace

Result<QuietTimes> QuietPeople::of(db::Session& session, const std::string& person) const {
  const auto stored = quiet_times_of(session, lower_ascii(person));
  if (!stored) return QuietTimes{};
  auto read = QuietTimes::from(stored->zone, lines_of(stored->hours), lines_of(stored->absences));
  if (!read) return fail(ErrorKind::corrupt, "The stored quiet times of " + person + " can't be read: " + read.error().message);
  return read;
}

void QuietPeople::choose(db::Session& session, const std::string& person, const QuietTimes& times, Time now) {
  const auto key = lower_ascii(person);
  set_quiet_times(session, key,
                  times.is_empty() ? std::nullopt
                                   : std::optional<StoredQuietTimes>{
                                         {.zone = times.zone(), .hours = joined(times.hours()), .absences = joined(times.absences())}});
  release_messages_to(session, key, now);
}

std::optional<Time> QuietPeople::until(const std::string& person, Time now) const {
  const auto times = database_.read_now([&](db::Session& session) { return of(session, person); });
  if (times) return times->until(now);
  log::error("a person's quiet times could not be read; messages are sent at once", {{"to", person}, {"why", times.error().message}});
  return {};
}

}  // namespace carillon::incidents
