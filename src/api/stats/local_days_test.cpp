// Days at clock changes and across the date line.

#include "api/stats/local_days.hpp"

#include <gtest/gtest.h>

namespace carillon::api {
namespace {

using namespace std::chrono;

Time at(year_month_day date, hours hour, minutes minute = minutes{0}) { return Time{sys_days{date}} + hour + minute; }
local_days day(year_month_day date) { return local_days{date}; }

TEST(LocalDays, AreDaysOfTheZone) {
  const auto berlin = LocalDays::of("Europe/Berlin").value();
  EXPECT_EQ(berlin.day_of(at(2026y / 11 / 24, 22h, 59min)), day(2026y / 11 / 24));
  EXPECT_EQ(berlin.day_of(at(2026y / 11 / 24, 23h)), day(2026y / 11 / 25));
  EXPECT_EQ(berlin.day_of(at(2026y / 7 / 1, 22h)), day(2026y / 7 / 2)) << "summer";
  const auto auckland = LocalDays::of("Pacific/Auckland").value();
  EXPECT_EQ(auckland.day_of(at(2026y / 11 / 24, 11h)), day(2026y / 11 / 25));
  const auto kolkata = LocalDays::of("Asia/Kolkata").value();
  EXPECT_EQ(kolkata.day_of(at(2026y / 11 / 24, 18h, 29min)), day(2026y / 11 / 24));
  EXPECT_EQ(kolkata.day_of(at(2026y / 11 / 24, 18h, 30min)), day(2026y / 11 / 25));
}

TEST(LocalDays, HaveTwentyThreeOrTwentyFiveHoursWhenClocksChange) {
  const auto berlin = LocalDays::of("Europe/Berlin").value();
  const auto hours_of = [&](year_month_day date) {
    int count = 0;
    for (auto moment = at(date, 0h) - 12h; moment < at(date, 0h) + 36h; moment += 1h) count += berlin.day_of(moment) == day(date) ? 1 : 0;
    return count;
  };
  EXPECT_EQ(hours_of(2026y / 3 / 29), 23);
  EXPECT_EQ(hours_of(2026y / 10 / 25), 25);
  EXPECT_EQ(hours_of(2026y / 11 / 24), 24);
}

TEST(LocalDays, KnowWhichZonesThereAre) {
  EXPECT_TRUE(LocalDays::of("").value().is_utc());
  EXPECT_TRUE(LocalDays::of("UTC").value().is_utc());
  EXPECT_EQ(LocalDays::of("Europe/Atlantis").error().field, "tz");
  EXPECT_FALSE(LocalDays::of("berlin"));
}

}  // namespace
}  // namespace carillon::api
