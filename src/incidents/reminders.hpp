#pragma once
// The one calendar of reminders: when somebody hears of what ends and what no machine renews, be it a certificate that is renewed by hand,
// one that is only watched, or a token. Pure.

#include "base/time.hpp"

#include <optional>
#include <vector>

namespace carillon::incidents {

/// With 1/3, 1/6 and 1/12 of the lifetime left, and daily in the last week; the lifetime is its own, so that 6 days and 200 days both
/// leave time to act. The daily ones never begin before 1/3 is left. In order, no two alike, none at or after the end: what has ended is an
/// incident of its own. The first is at 1/3.
[[nodiscard]] std::vector<Time> reminder_times(Time not_before, Time not_after);
[[nodiscard]] constexpr Time first_reminder(Time not_before, Time not_after) noexcept { return not_after - (not_after - not_before) / 3; }

/// The next reminder after `last_told` (none: nobody was told yet); a moment at or before `now` means now. Of several that were missed one
/// is left: once it is told, with `last_told` set to that moment, the next one is in the future. None: there is no further one.
[[nodiscard]] std::optional<Time> next_reminder(Time not_before, Time not_after, Time now, const std::optional<Time>& last_told);

/// Whether what is reported is still a reminder (see Report::reminder): on the last day the plan of an incident takes over.
[[nodiscard]] constexpr bool is_still_reminder(Time not_after, Time now) noexcept { return not_after - now > std::chrono::hours{24}; }

}  // namespace carillon::incidents
