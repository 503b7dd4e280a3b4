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

TEST(LocalDays, HoursOfTheWeekFollowTheClocks) {
  const auto berlin = LocalDays::of("Europe/Berlin").value();
  // One download in every hour of the night in which 2:00 comes twice, from 0:30 to 4:30 on the clock.
  std::vector<stats::Figure> figures;
  for (auto moment = at(2026y / 10 / 24, 22h); moment < at(2026y / 10 / 25, 4h); moment += 1h)
    figures.push_back({.from = moment, .key = {}, .downloads = 1});
  const sys_days from{2026y / 10 / 24}, to{2026y / 10 / 26};
  const auto cells = hours_of_week(figures, berlin, from, to, at(2026y / 11 / 1, 0h));
  ASSERT_EQ(cells.size(), 168U);
  const auto of = [&](unsigned weekday, unsigned hour) { return cells.at((weekday - 1) * 24 + hour); };
  EXPECT_EQ(of(7, 1).downloads, 1U);
  EXPECT_EQ(of(7, 2).downloads, 2U);
  EXPECT_EQ(of(7, 2).occurrences, 2U);
  EXPECT_EQ(of(7, 3).occurrences, 1U);
  EXPECT_EQ(of(1, 3).occurrences, 0U);
  const auto spring = hours_of_week({}, berlin, sys_days{2026y / 3 / 29}, sys_days{2026y / 3 / 30}, at(2026y / 11 / 1, 0h));
  EXPECT_EQ(spring.at(6 * 24 + 2).occurrences, 0U) << "2:00 is skipped";
  // Until now.
  const auto half = hours_of_week({}, berlin, sys_days{2026y / 11 / 24}, sys_days{2026y / 11 / 25}, at(2026y / 11 / 24, 11h, 30min));
  std::uint64_t sum = 0;
  for (const auto& cell : half) sum += cell.occurrences;
  EXPECT_EQ(sum, 13U);
}

TEST(LocalDays, KnowWhichZonesThereAre) {
  EXPECT_TRUE(LocalDays::of("").value().is_utc());
  EXPECT_TRUE(LocalDays::of("UTC").value().is_utc());
  EXPECT_EQ(LocalDays::of("Europe/Atlantis").error().field, "tz");
  EXPECT_FALSE(LocalDays::of("berlin"));
}

}  // namespace
}  // namespace carillon::api
