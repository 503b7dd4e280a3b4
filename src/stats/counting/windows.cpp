// See windows.hpp.

#include "stats/counting/windows.hpp"

namespace carillon::stats {

std::string_view name_of(Window window) noexcept {
  switch (window) {
    case Window::calendar_day:
      return "calendar day (UTC)";
    case Window::first_touch:
      return "24 hours from the first request";
    case Window::last_touch:
      return "24 hours from the last request";
  }
  return "";
}

std::vector<bool> beginnings(std::span<const Time> times, Window window) {
  constexpr std::chrono::hours kLength{24};
  std::vector<bool> begins;
  begins.reserve(times.size());
  Time start{}, last{};
  for (const auto& time : times) {
    const bool is_new = begins.empty() || (window == Window::calendar_day
                                               ? std::chrono::floor<std::chrono::days>(time) != std::chrono::floor<std::chrono::days>(last)
                                           : window == Window::first_touch ? time - start >= kLength
                                                                           : time - last >= kLength);
    begins.push_back(is_new);
    if (is_new) start = time;
    last = time;
  }
  return begins;
}

}  // namespace carillon::stats
