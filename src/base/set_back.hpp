#pragma once
// Corrects times that were stored while the clock was ahead, after it was set back.

#include "base/time.hpp"

#include <algorithm>
#include <optional>

namespace carillon {

/// The clock was set back. Pure.
///
/// Two rules apply to all stored times: events in the future are moved to now, and waits that were set by the wrong clock are shortened by
/// its error.
struct SetBack {
  Time was;  ///< the last known time
  Time now;  ///< the current time

  [[nodiscard]] Duration by() const noexcept { return was - now; }
  /// For past events.
  [[nodiscard]] Time past(Time moment) const noexcept { return std::min(moment, now); }
  [[nodiscard]] std::optional<Time> past(std::optional<Time> moment) const noexcept {
    return moment ? std::optional{past(*moment)} : moment;
  }
  /// For the end of a wait. One that would have ended by the wrong clock ends now.
  [[nodiscard]] Time wait(Time end) const noexcept { return end > was ? end - by() : std::min(end, now); }
};

}  // namespace carillon
