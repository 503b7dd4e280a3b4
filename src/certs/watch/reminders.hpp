#pragma once
// When somebody is reminded of a certificate that no machine renews. Pure.

#include "base/time.hpp"

#include <optional>

namespace carillon::certs {

/// The moments are a third, a sixth and a twelfth of the lifetime before the end, and daily in the last week as far as that lies behind the
/// first of them: six days and two hundred both leave time to act.
///
/// The last moment at or before `now` that `told` (when somebody was last reminded of this very end) has not heard of; none if there is
/// nothing to say, or after the end.
[[nodiscard]] std::optional<Time> reminder_due(Time ends, Duration lifetime, std::optional<Time> told, Time now);

/// The next one after `now`; none after the last.
[[nodiscard]] std::optional<Time> next_reminder(Time ends, Duration lifetime, Time now);

/// Has the first reminder's moment come?
[[nodiscard]] inline bool time_to_remind(Time ends, Duration lifetime, Time now) { return now >= ends - lifetime / 3; }

}  // namespace carillon::certs
