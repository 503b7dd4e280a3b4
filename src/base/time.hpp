#pragma once
// Points in time and their formats. `std::chrono::system_clock::now()` is only used in time.cpp.

#include "base/result.hpp"

#include <chrono>
#include <string>
#include <string_view>

namespace carillon {

using Duration = std::chrono::microseconds;
using Time = std::chrono::sys_time<Duration>;  ///< UTC

/// The current time. Everything that needs it gets a Clock, so that a test can simulate a year in a minute. Any thread.
class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual Time now() const = 0;
};

/// The real time.
class SystemClock final : public Clock {
 public:
  [[nodiscard]] Time now() const override;
};

[[nodiscard]] std::string to_rfc3339(Time time);    ///< 2026-11-24T08:42:06.123456Z (fraction left out when zero)
[[nodiscard]] std::string to_rfc2822(Time time);    ///< Tue, 24 Nov 2026 08:42:06 +0000 (feeds)
[[nodiscard]] std::string to_http_date(Time time);  ///< Tue, 24 Nov 2026 08:42:06 GMT (RFC 9110 §5.6.7)

[[nodiscard]] Result<Time> parse_rfc3339(std::string_view text);    ///< needs an offset or Z
[[nodiscard]] Result<Time> parse_http_date(std::string_view text);  ///< IMF-fixdate, and the two obsolete forms

/// Microseconds since 1970, as the database keeps times.
[[nodiscard]] std::int64_t to_microseconds(Time time) noexcept;
[[nodiscard]] Time from_microseconds(std::int64_t microseconds) noexcept;

}  // namespace carillon
