#pragma once
// Days of a time zone. Pure.

#include "base/result.hpp"
#include "base/time.hpp"
#include "stats/rollups/warehouse.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace carillon::api {

/// Immutable; any thread.
class LocalDays {
 public:
  /// A name of the IANA time zone database; "" and "UTC" are UTC. `invalid` if there's no such zone.
  static Result<LocalDays> of(const std::string& zone);
  LocalDays(LocalDays&&) noexcept;
  LocalDays& operator=(LocalDays&&) noexcept;
  ~LocalDays();

  [[nodiscard]] bool is_utc() const noexcept { return zone_ == nullptr; }
  /// The moment on the clocks of the zone.
  [[nodiscard]] std::chrono::local_time<Duration> local(Time moment) const;
  /// The day in which the moment is.
  [[nodiscard]] std::chrono::local_days day_of(Time moment) const;

 private:
  struct Zone;
  explicit LocalDays(std::unique_ptr<Zone> zone);
  std::unique_ptr<Zone> zone_;
};

/// One hour of the week in a zone.
struct HourOfWeek {
  unsigned weekday;  ///< 1: Monday … 7: Sunday (ISO 8601)
  unsigned hour;     ///< 0 to 23
  std::uint64_t downloads = 0;
  std::uint64_t occurrences = 0;  ///< hours of the period that fall into it until now: one more or less where clocks change
};
/// All 168. `hours`: figures of the hours (UTC) from a day before `from` until a day after `to`, which are days of the zone, `to` excluded.
/// In zones half an hour off, an hour belongs to the one in which it begins.
[[nodiscard]] std::vector<HourOfWeek> hours_of_week(const std::vector<stats::Figure>& hours, const LocalDays& zone,
                                                    std::chrono::sys_days from, std::chrono::sys_days to, Time now);

}  // namespace carillon::api
