#pragma once
// When a person doesn't want to be disturbed: hours of the week and absences, in their time zone. Pure.

#include "base/result.hpp"
#include "base/time.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace carillon::incidents {

inline constexpr std::size_t kMaxQuietHours = 21;
inline constexpr std::size_t kMaxAbsences = 100;
inline constexpr std::chrono::days kLongestAbsence{366};  ///< also of several that follow each other
/// Quiet hours must leave at least this much of each week, so that reminders arrive at all.
inline constexpr std::chrono::hours kShortestAwake{5};

/// A value that is valid. Empty: never quiet.
class QuietTimes {
 public:
  /// `zone`: a name of the IANA time zone database, e.g. Europe/Berlin; "" is UTC. `hours`: “mon-fri 22:00-07:00”, “sat,sun 00:00-24:00”,
  /// “23:00-06:30” (every day); the days are those on which the hours start. `absences`: “2026-12-24..2027-01-06” or “2027-05-01”, whole
  /// days. `invalid`; the error's field is “zone”, “hours” or “absences”.
  [[nodiscard]] static Result<QuietTimes> from(std::string_view zone, std::span<const std::string> hours,
                                               std::span<const std::string> absences);

  [[nodiscard]] bool is_empty() const noexcept { return hours_.empty() && absences_.empty(); }
  [[nodiscard]] const std::string& zone() const noexcept { return zone_; }
  [[nodiscard]] std::vector<std::string> hours() const;     ///< as `from` reads them
  [[nodiscard]] std::vector<std::string> absences() const;  ///< likewise, in order

  /// If `now` is quiet, the first moment that isn't.
  [[nodiscard]] std::optional<Time> until(Time now) const;

 private:
  struct Hours {
    std::uint8_t days = 0;  ///< bit 0: Monday
    int begin = 0;          ///< minutes since midnight
    int end = 0;            ///< up to 24:00; not after `begin`: on the next day
  };
  struct Absence {
    std::chrono::sys_days first, last;
  };
  /// The latest end of what covers this local time (seconds since 1970 by the clock on the wall).
  [[nodiscard]] std::optional<std::int64_t> end_at(std::int64_t local) const;

  static Result<Hours> hours_from(std::string_view text);
  static Result<Absence> absence_from(std::string_view text);
  /// Each minute of a week, from Monday 00:00: whether it's in the quiet hours.
  [[nodiscard]] std::vector<bool> quiet_week() const;
  /// The limits that apply to all hours and absences together.
  [[nodiscard]] Result<> check_together() const;

  std::string zone_ = "UTC";
  std::vector<Hours> hours_;
  std::vector<Absence> absences_;
};

}  // namespace carillon::incidents
