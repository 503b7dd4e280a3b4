#pragma once
// Renewals and expiry dates as a calendar to subscribe to (iCalendar, RFC 5545). Pure except for the clock.

#include "base/time.hpp"

#include <span>
#include <string>

namespace carillon::incidents {

enum class CalendarWhat { renewal, expiry };

struct CalendarEntry {
  std::string uid;   ///< stable: the same certificate's next renewal moves the event instead of adding one
                     ///< ("renewal-www.example.org@pod.example.org")
  std::string name;  ///< "www.example.org"
  CalendarWhat what = CalendarWhat::expiry;
  Time at;
};

/// Each entry is an event without duration (TRANSPARENT), with alarms: a day before a renewal, a week and a day before an expiry. DTSTAMP
/// is the current time. Served as text/calendar; charset=utf-8.
[[nodiscard]] std::string calendar_of(std::span<const CalendarEntry> entries, const Clock& clock);

}  // namespace carillon::incidents
