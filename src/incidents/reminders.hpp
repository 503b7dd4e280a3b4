#pragma once
// The schedule of reminders for everything that expires and isn't renewed automatically: manually renewed certificates, watched ones, and
// tokens. Pure.

#include "base/time.hpp"

#include <optional>
#include <vector>

namespace carillon::incidents {

/// The first reminder is sent at most this long before expiry, as a reminder years in advance would be pointless.
inline constexpr std::chrono::days kLongestNotice{30};
/// How long before expiry the first reminder is sent: a third of the lifetime, at most `longest`.
[[nodiscard]] constexpr Duration notice_of(Duration lifetime, Duration longest = kLongestNotice) noexcept {
  return lifetime / 3 < longest ? lifetime / 3 : longest;
}
/// When notice_of() is left, half and a quarter of that, and daily in the last week; this depends on the lifetime, so that there is time to
/// act with both 6 and 90 days. The daily ones never start before the first. Sorted, without duplicates, none at or after the expiry, which
/// is a separate incident.
[[nodiscard]] std::vector<Time> reminder_times(Time not_before, Time not_after, Duration longest = kLongestNotice);
[[nodiscard]] constexpr Time first_reminder(Time not_before, Time not_after, Duration longest = kLongestNotice) noexcept {
  return not_after - notice_of(not_after - not_before, longest);
}

/// The next reminder after `last_told` (none: no one was reminded yet); a time at or before `now` means now. If several were missed, only
/// one is sent: after that, with `last_told` set to its time, the next one is in the future. None: there are no more.
[[nodiscard]] std::optional<Time> next_reminder(Time not_before, Time not_after, Time now, const std::optional<Time>& last_told,
                                                Duration longest = kLongestNotice);

/// Whether a report is still a reminder (see Report::reminder): on the last day, the plan of an incident takes over.
[[nodiscard]] constexpr bool is_still_reminder(Time not_after, Time now) noexcept { return not_after - now > std::chrono::hours{24}; }

}  // namespace carillon::incidents
