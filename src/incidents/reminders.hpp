#pragma once
// When the steward of a certificate that is renewed by hand is reminded. Pure.

#include "base/time.hpp"

#include <optional>
#include <vector>

namespace carillon::incidents {

/// With 1/3, 1/6 and 1/12 of the lifetime left, and daily in the last week; the lifetime is the certificate's own, so that 6 days and 200
/// days both leave time to act. The daily ones never begin before 1/3 is left. In order, no two alike, none at or after the end: what has
/// expired is an incident of its own.
[[nodiscard]] std::vector<Time> reminder_times(Time not_before, Time not_after);

/// The next reminder after `last_told` (none: nobody was told yet); a moment at or before `now` means now. Of several that were missed one
/// is left: once it is told, with `last_told` set to that moment, the next one is in the future. None: there is no further one.
[[nodiscard]] std::optional<Time> next_reminder(Time not_before, Time not_after, Time now, const std::optional<Time>& last_told);

}  // namespace carillon::incidents
