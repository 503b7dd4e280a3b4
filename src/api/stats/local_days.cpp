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

std::chrono::local_days LocalDays::day_of(Time moment) const {
  auto local = moment.time_since_epoch();
  if (zone_) {
    int32_t raw = 0, saving = 0;
    UErrorCode error = U_ZERO_ERROR;
    const auto milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(local).count();
    zone_->icu->getOffset(static_cast<UDate>(milliseconds), false, raw, saving, error);
    if (U_SUCCESS(error)) local += std::chrono::milliseconds{raw + saving};
  }
  return std::chrono::local_days{std::chrono::floor<std::chrono::days>(local)};
}

}  // namespace carillon::api
