// See since_release.hpp.

#include "api/stats/since_release.hpp"

#include <algorithm>
#include <numeric>

namespace carillon::api {

using std::chrono::hours;

std::pair<Time, Time> hours_since(Time release, Time now) {
  const Time first = std::chrono::floor<hours>(release);
  // Episodes can have a publication date in the future.
  const Time last = std::max<Time>(first, std::chrono::floor<hours>(now) + hours{1});
  return {first, std::min<Time>(last, first + kFollowed)};
}

std::optional<std::uint64_t> after(std::span<const std::uint64_t> counts, hours age) {
  const auto number = static_cast<std::size_t>(age.count());
  if (number > counts.size()) return {};
  return std::accumulate(counts.begin(), counts.begin() + static_cast<std::ptrdiff_t>(number), std::uint64_t{0});
}

SinceRelease since_release(std::span<const std::uint64_t> counts) {
  SinceRelease found{.age = hours{counts.size()}};
  for (std::size_t hour = 0; hour < counts.size(); ++hour) {
    found.downloads += counts[hour];
    const hours age{hour + 1};
    if (age <= kFirstHours) found.first_hours.push_back(found.downloads);
    // The last hour isn't over yet, unless the episode is older than it is followed.
    const bool is_over = hour + 1 < counts.size() || age == kFollowed;
    if (!is_over || age.count() % 24 != 0) continue;
    found.days.push_back(found.downloads);
    const auto known = std::ranges::find(kAges, static_cast<int>(age.count() / 24));
    if (known != kAges.end()) found.at.at(static_cast<std::size_t>(known - kAges.begin())) = found.downloads;
  }
  return found;
}

std::optional<std::uint64_t> typical_of(std::vector<std::uint64_t> values) {
  if (values.size() < kFewestForTypical) return {};
  std::ranges::sort(values);
  const auto middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : std::midpoint(values[middle - 1], values[middle]);
}

}  // namespace carillon::api
