#pragma once
// Durations and times for people, as used in pages, emails, messages and commands. For machine-readable formats, see time.hpp.

#include "base/time.hpp"

#include <string>

namespace carillon {

/// "45 seconds", "119 minutes", "47 hours", "3 days": in the largest unit with a value of at least two, rounded down; "less than a second".
/// Uses the absolute value.
[[nodiscard]] std::string span_text(Duration span);
/// The length of a recording or a position in it, to the second: "3 s", "2 min 03 s", "1 h 02 min 03 s". Rounded down.
[[nodiscard]] std::string length_text(std::chrono::milliseconds length);
/// "24 November 2026, 08:42 UTC".
[[nodiscard]] std::string moment_text(Time time);
/// "24 November 2026" (UTC).
[[nodiscard]] std::string day_text(Time time);

}  // namespace carillon
