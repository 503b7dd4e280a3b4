#include "ads/deciding/forecast.hpp"

#include <gtest/gtest.h>

#include <numbers>

namespace carillon::ads {
namespace {

using namespace std::chrono_literals;

const Time kStart = std::chrono::sys_days{std::chrono::year{2026} / 11 / 2};

double visits_at(int hour) { return 100 + 80 * std::sin(2 * std::numbers::pi * (hour % 24) / 24); }
double rest_of_day(int hour) {
  double rest = 0;
  for (; hour < 24; ++hour) rest += visits_at(hour);
  return rest;
}

TEST(Forecast, IsLikeTheDaysBefore) {
  Forecast forecast;
  for (int hour = 0; hour < 5 * 24 + 10; ++hour) forecast.note(kStart + std::chrono::hours{hour}, visits_at(hour));
  EXPECT_NEAR(forecast.until_midnight(kStart + 130h), rest_of_day(10), 1);
  EXPECT_NEAR(forecast.until_midnight(kStart + 130h + 30min), rest_of_day(11) + visits_at(10) / 2, rest_of_day(10) / 20);
}

TEST(Forecast, FollowsABusyDay) {
  Forecast forecast;
  for (int hour = 0; hour < 5 * 24 + 10; ++hour) forecast.note(kStart + std::chrono::hours{hour}, visits_at(hour) * (hour < 120 ? 1 : 3));
  EXPECT_NEAR(forecast.until_midnight(kStart + 130h), 3 * rest_of_day(10), 0.2 * 3 * rest_of_day(10));
}

TEST(Forecast, TheFirstDayIsLikeItselfSoFar) {
  Forecast forecast;
  EXPECT_EQ(forecast.until_midnight(kStart), 0);
  for (int hour = 6; hour < 12; ++hour) forecast.note(kStart + std::chrono::hours{hour}, 50);
  EXPECT_NEAR(forecast.until_midnight(kStart + 12h), 12 * 50, 120);
}

TEST(Forecast, ForgetsWhatIsOlderThanAWeekAndLivesThroughGaps) {
  Forecast forecast;
  for (int hour = 0; hour < 24; ++hour) forecast.note(kStart + std::chrono::hours{hour}, 1000);
  for (int hour = 24; hour < 10 * 24; ++hour) forecast.note(kStart + std::chrono::hours{hour}, 10);
  EXPECT_NEAR(forecast.until_midnight(kStart + 240h), 240, 60);
  EXPECT_NEAR(forecast.until_midnight(kStart + 24h * 365), 0, 1);
  forecast.note(kStart + 24h * 365, 5);
  EXPECT_GE(forecast.until_midnight(kStart + 24h * 365 + 1h), 0);
  forecast.note(kStart, 1e9);  // from long ago: ignored
  EXPECT_LT(forecast.until_midnight(kStart + 24h * 365 + 1h), 1000);
}

TEST(Sample, GivesEachTheSameChance) {
  std::array<int, 10> of_thousand{};
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    Sample sample{100, seed};
    for (int i = 0; i < 10'000; ++i) sample.note({.show = std::to_string(i / 1000)});
    ASSERT_EQ(sample.opportunities().size(), 100U);
    for (const auto& each : sample.opportunities()) ++of_thousand[static_cast<std::size_t>(each.show[0] - '0')];
  }
  for (const int count : of_thousand) EXPECT_NEAR(count, 500, 100);
}

TEST(Cells, AreTheSlotsWithTheSameOrders) {
  std::vector<Order> orders(2);
  for (auto& order : orders) {
    order.starts = kStart;
    order.ends = kStart + 100h;
    order.creatives = {{.id = "c", .files = {{}}}};
  }
  orders[1].positions = {Position::preroll};
  Opportunity both{.show = "s", .at = kStart + 1h, .breaks = {{.position = Position::preroll, .slots = 1}, {.slots = 2}}};
  auto none = both;
  none.at = kStart - 30h + 2h;  // at two in the morning of another day
  none.breaks = {{.slots = 1}};
  const auto cells = cells_of(orders, std::vector{both, none}, 400, kStart + 5h);
  ASSERT_EQ(cells.size(), 2U);
  EXPECT_EQ(cells[0].eligible, (std::vector<ContractNumber>{0}));
  EXPECT_DOUBLE_EQ(cells[0].visits, 300);
  EXPECT_EQ(cells[1].eligible, (std::vector<ContractNumber>{0, 1}));
  EXPECT_DOUBLE_EQ(cells[1].visits, 100);
}

}  // namespace
}  // namespace carillon::ads
