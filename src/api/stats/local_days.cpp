// See local_days.hpp.

#include "api/stats/local_days.hpp"

#include <unicode/timezone.h>

namespace carillon::api {

struct LocalDays::Zone {
  std::unique_ptr<icu::TimeZone> icu;
};

LocalDays::LocalDays(std::unique_ptr<Zone> zone) : zone_{std::move(zone)} {}
LocalDays::LocalDays(LocalDays&&) noexcept = default;
LocalDays& LocalDays::operator=(LocalDays&&) noexcept = default;
LocalDays::~LocalDays() = default;

Result<LocalDays> LocalDays::of(const std::string& zone) {
  if (zone.empty() || zone == "UTC") return LocalDays{nullptr};
  std::unique_ptr<icu::TimeZone> found{icu::TimeZone::createTimeZone(icu::UnicodeString::fromUTF8(zone))};
  if (!found || *found == icu::TimeZone::getUnknown())
    return fail(ErrorKind::invalid, "There is no time zone named “" + zone + "”; use a name such as Europe/Berlin.", "tz");
  return LocalDays{std::make_unique<Zone>(std::move(found))};
}

std::chrono::local_time<Duration> LocalDays::local(Time moment) const {
  auto local = moment.time_since_epoch();
  if (zone_) {
    int32_t raw = 0, saving = 0;
    UErrorCode error = U_ZERO_ERROR;
    const auto milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(local).count();
    zone_->icu->getOffset(static_cast<UDate>(milliseconds), false, raw, saving, error);
    if (U_SUCCESS(error)) local += std::chrono::milliseconds{raw + saving};
  }
  return std::chrono::local_time<Duration>{local};
}

std::chrono::local_days LocalDays::day_of(Time moment) const { return std::chrono::floor<std::chrono::days>(local(moment)); }

std::vector<HourOfWeek> hours_of_week(const std::vector<stats::Figure>& hours, const LocalDays& zone, std::chrono::sys_days from,
                                      std::chrono::sys_days to, Time now) {
  using namespace std::chrono;
  std::vector<HourOfWeek> cells;
  for (unsigned weekday = 1; weekday <= 7; ++weekday) {
    for (unsigned hour = 0; hour < 24; ++hour) cells.push_back({weekday, hour});
  }
  const auto cell = [&](Time moment) -> HourOfWeek* {
    const auto local = zone.local(moment);
    const auto day = floor<days>(local);
    if (day < local_days{from.time_since_epoch()} || day >= local_days{to.time_since_epoch()}) return nullptr;
    const auto hour = static_cast<std::size_t>(floor<std::chrono::hours>(local - day).count());
    return &cells[std::size_t{weekday{day}.iso_encoding() - 1} * 24 + hour];
  };
  for (const auto& figure : hours) {
    if (auto* found = cell(figure.from)) found->downloads += figure.downloads;
  }
  for (Time moment = from - days{1}; moment < to + days{1} && moment <= now; moment += std::chrono::hours{1}) {
    if (auto* found = cell(moment)) ++found->occurrences;
  }
  return cells;
}

}  // namespace carillon::api
