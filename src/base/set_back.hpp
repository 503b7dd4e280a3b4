#pragma once
// What a clock that is set back means for times that were written down while it was ahead.

#include "base/time.hpp"

#include <algorithm>
#include <optional>

namespace carillon {

/// The clock was set back. Pure.
///
/// Two rules hold for everything that is kept: what is said to have happened later than now happened now, and a wait that was set by the
/// wrong clock ends as much sooner as the clock was wrong.
struct SetBack {
  Time was;  ///< the latest time that was seen
  Time now;  ///< what the clock says

  [[nodiscard]] Duration by() const noexcept { return was - now; }
  /// For moments of the past.
  [[nodiscard]] Time past(Time moment) const noexcept { return std::min(moment, now); }
  [[nodiscard]] std::optional<Time> past(std::optional<Time> moment) const noexcept {
    return moment ? std::optional{past(*moment)} : moment;
  }
  /// For ends of waits. One that would have ended by the wrong clock ends now.
  [[nodiscard]] Time wait(Time end) const noexcept { return end > was ? end - by() : std::min(end, now); }
};

}  // namespace carillon
