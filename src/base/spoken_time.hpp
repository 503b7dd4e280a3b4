#pragma once
// Spans and moments as people read them: the one way in which pages, mails, answers and commands write them. What programs read is
// time.hpp's.

#include "base/time.hpp"

#include <string>

namespace carillon {

/// "45 seconds", "119 minutes", "47 hours", "3 days": in the largest unit of which there are two, rounded down; "less than a second". Of
/// its absolute value.
[[nodiscard]] std::string span_text(Duration span);
/// How long a recording is, or where in it something is, to the second: "3 s", "2 min 03 s", "1 h 02 min 03 s". Rounded down.
[[nodiscard]] std::string length_text(std::chrono::milliseconds length);
/// "24 November 2026, 08:42 UTC".
[[nodiscard]] std::string moment_text(Time time);
/// "24 November 2026" (UTC).
[[nodiscard]] std::string day_text(Time time);

}  // namespace carillon
