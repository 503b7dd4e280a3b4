// See reminders.hpp.

#include "incidents/reminders.hpp"

#include <algorithm>

namespace carillon::incidents {

std::vector<Time> reminder_times(Time not_before, Time not_after, Duration longest) {
  const auto lifetime = not_after - not_before;
  if (lifetime <= Duration::zero()) return {};
  const auto notice = notice_of(lifetime, longest);
  std::vector<Time> times{not_after - notice, not_after - notice / 2, not_after - notice / 4};
  constexpr int kLastDays = 7;
  for (int day = kLastDays; day > 0; --day) {
    const std::chrono::days left{day};
    if (left <= notice) times.push_back(not_after - left);
  }
  std::ranges::sort(times);
  const auto alike = std::ranges::unique(times);
  times.erase(alike.begin(), alike.end());
  return times;
}

std::optional<Time> next_reminder(Time not_before, Time not_after, Time now, const std::optional<Time>& last_told, Duration longest) {
  const auto times = reminder_times(not_before, not_after, longest);
  const auto first = last_told ? std::ranges::upper_bound(times, *last_told) : times.begin();
  if (first == times.end() || now >= not_after) return {};
  // The latest of those that are past speaks for all of them.
  const auto past = std::ranges::upper_bound(first, times.end(), now);
  return past == first ? *first : *std::prev(past);
}

}  // namespace carillon::incidents
