// See reminders.hpp.

#include "certs/watch/reminders.hpp"

#include <algorithm>
#include <vector>

namespace carillon::certs {
namespace {

constexpr int kDaysOfTheLastWeek = 7;

std::vector<Time> moments(Time ends, Duration lifetime) {
  const auto first = ends - lifetime / 3;
  std::vector<Time> all{first, ends - lifetime / 6, ends - lifetime / 12};
  for (int day = kDaysOfTheLastWeek; day >= 1; --day) {
    if (const auto moment = ends - std::chrono::days{day}; moment > first) all.push_back(moment);
  }
  std::ranges::sort(all);
  return all;
}

}  // namespace

std::optional<Time> reminder_due(Time ends, Duration lifetime, std::optional<Time> told, Time now) {
  if (now >= ends) return {};
  const auto all = moments(ends, lifetime);
  const auto after = std::ranges::upper_bound(all, now);
  if (after == all.begin()) return {};
  const auto last = *(after - 1);
  if (told && *told >= last) return {};
  return last;
}

std::optional<Time> next_reminder(Time ends, Duration lifetime, Time now) {
  const auto all = moments(ends, lifetime);
  const auto after = std::ranges::upper_bound(all, now);
  if (after == all.end()) return {};
  return *after;
}

}  // namespace carillon::certs
