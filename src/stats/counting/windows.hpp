#pragma once
// Which of a listener's requests begin a download. Pure.

#include "base/time.hpp"

#include <span>
#include <string_view>
#include <vector>

namespace carillon::stats {

/// During a window, all requests of a listener for an episode are one download (IAB 2.3; a measurement discloses which window it uses).
enum class Window {
  calendar_day,  ///< from midnight to midnight UTC
  first_touch,   ///< 24 hours from the request that began the download
  last_touch,    ///< until 24 hours have passed without a request
};
[[nodiscard]] std::string_view name_of(Window window) noexcept;

/// For each of the times, ascending, whether a download begins.
[[nodiscard]] std::vector<bool> beginnings(std::span<const Time> times, Window window);

}  // namespace carillon::stats
