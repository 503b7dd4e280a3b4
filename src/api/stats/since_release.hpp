#pragma once
// How episodes do after the same time since their release. Pure.

#include "base/time.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace carillon::api {

/// Ages at which episodes are compared, in days; an episode is followed until the last one.
inline constexpr std::array kAges{1, 3, 7, 30, 90};
inline constexpr std::chrono::hours kFollowed{24 * kAges.back()};
/// The first hours are of interest one by one.
inline constexpr std::chrono::hours kFirstHours{72};
/// So many episodes make a median; of fewer, chance decides.
inline constexpr std::size_t kFewestForTypical = 3;

/// What an episode had when it was as old as that. The hour of its release is its first one, since figures are of whole hours.
struct SinceRelease {
  std::chrono::hours age{};                                     ///< whole hours, the current one included; at most kFollowed
  std::uint64_t downloads = 0;                                  ///< until now, at most until kFollowed
  std::array<std::optional<std::uint64_t>, kAges.size()> at{};  ///< kAges after its release; none: not that old yet
  std::vector<std::uint64_t> days{};                            ///< after each whole day
  std::vector<std::uint64_t> first_hours{};                     ///< after each of the first hours, the current one included
};
/// The hours to ask for, from the one of the release: [first, second).
[[nodiscard]] std::pair<Time, Time> hours_since(Time release, Time now);
/// `hours`: the downloads in each of these hours.
[[nodiscard]] SinceRelease since_release(std::span<const std::uint64_t> hours);
/// After so many hours; none: it isn't that old.
[[nodiscard]] std::optional<std::uint64_t> after(std::span<const std::uint64_t> hours, std::chrono::hours age);
/// The middle one, or the mean of the two in the middle, rounded down; none of fewer than kFewestForTypical.
[[nodiscard]] std::optional<std::uint64_t> typical_of(std::vector<std::uint64_t> values);

}  // namespace carillon::api
