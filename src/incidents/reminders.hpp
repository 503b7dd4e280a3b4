#pragma once
// The one calendar of reminders: when somebody hears of what ends and what no machine renews, be it a certificate that is renewed by hand,
// one that is only watched, or a token. Pure.

#include "base/time.hpp"

#include <optional>
#include <vector>

namespace carillon::incidents {

/// The first reminder comes at most this long before the end: what lives for ten years interests nobody three years before.
inline constexpr std::chrono::days kLongestNotice{30};
/// How long before the end the first reminder comes: a third of the lifetime, at most `longest`.
[[nodiscard]] constexpr Duration notice_of(Duration lifetime, Duration longest = kLongestNotice) noexcept {
  return lifetime / 3 < longest ? lifetime / 3 : longest;
}
/// With notice_of() left, with a half and a quarter of that, and daily in the last week; the lifetime is its own, so that 6 days and 90
/// days both leave time to act. The daily ones never begin before the first. In order, no two alike, none at or after the end: what has
/// ended is an incident of its own.
[[nodiscard]] std::vector<Time> reminder_times(Time not_before, Time not_after, Duration longest = kLongestNotice);
[[nodiscard]] constexpr Time first_reminder(Time not_before, Time not_after, Duration longest = kLongestNotice) noexcept {
  return not_after - notice_of(not_after - not_before, longest);
}

/// The next reminder after `last_told` (none: nobody was told yet); a moment at or before `now` means now. Of several that were missed one
/// is left: once it is told, with `last_told` set to that moment, the next one is in the future. None: there is no further one.
[[nodiscard]] std::optional<Time> next_reminder(Time not_before, Time not_after, Time now, const std::optional<Time>& last_told,
                                                Duration longest = kLongestNotice);

/// Whether what is reported is still a reminder (see Report::reminder): on the last day the plan of an incident takes over.
[[nodiscard]] constexpr bool is_still_reminder(Time not_after, Time now) noexcept { return not_after - now > std::chrono::hours{24}; }

}  // namespace carillon::incidents
