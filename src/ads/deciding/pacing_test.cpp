#include "ads/deciding/pacing.hpp"

#include <gtest/gtest.h>

namespace carillon::ads {
namespace {

using namespace std::chrono_literals;

const Time kStart = std::chrono::sys_days{std::chrono::year{2026} / 11 / 30};

Order order() {
  Order order{.id = "a"};
  order.starts = kStart;
  order.ends = kStart + 240h;
  order.goal = 1000;
  return order;
}

TEST(Pacing, EvenIsTheSameEachDayAndCatchesUp) {
  EXPECT_DOUBLE_EQ(planned_today(order(), {}, kStart + 5h).value(), 100);
  EXPECT_DOUBLE_EQ(planned_today(order(), {.delivered = 130, .delivered_today = 60}, kStart + 29h).value(), (1000.0 - 70) / 9);
  EXPECT_DOUBLE_EQ(planned_today(order(), {.delivered = 40}, kStart + 239h).value(), 960) << "the last day";
  EXPECT_DOUBLE_EQ(planned_today(order(), {.delivered = 1500}, kStart + 100h).value(), 0);
}

TEST(Pacing, ADayOfWhichAPartBelongsToTheOrderHasThatPart) {
  auto late = order();
  late.starts = kStart + 18h;
  late.ends = kStart + 24h + 18h;
  EXPECT_DOUBLE_EQ(planned_today(late, {}, kStart + 20h).value(), 250);
  EXPECT_DOUBLE_EQ(planned_today(late, {.delivered = 250}, kStart + 25h).value(), 750);
  EXPECT_DOUBLE_EQ(planned_today(late, {}, kStart - 20h).value(), 0);
  EXPECT_DOUBLE_EQ(planned_today(late, {}, kStart + 42h).value(), 0);
}

TEST(Pacing, FastIsEverythingAndFrontAQuarterMore) {
  auto other = order();
  other.pacing = Pacing::fast;
  EXPECT_DOUBLE_EQ(planned_today(other, {.delivered = 300}, kStart + 1h).value(), 700);
  other.pacing = Pacing::front;
  EXPECT_DOUBLE_EQ(planned_today(other, {.delivered = 300}, kStart + 1h).value(), 125);
  EXPECT_DOUBLE_EQ(planned_today(other, {.delivered = 600}, kStart + 125h).value(), 400.0 / 5) << "after the first half it is even";
}

TEST(Pacing, DecisionsOutrunDeliveries) {
  EXPECT_DOUBLE_EQ(delivery_rate({}), kUsualRate);
  EXPECT_DOUBLE_EQ(delivery_rate({}, 0.6), 0.6);
  EXPECT_DOUBLE_EQ(delivery_rate({.settled = 300, .delivered_of_settled = 120}), 0.5) << "between its own 0.4 and the usual";
  EXPECT_DOUBLE_EQ(delivery_rate({.settled = 1'000'000, .delivered_of_settled = 0}), 0.05);
  EXPECT_DOUBLE_EQ(outstanding({.settled = 300, .delivered_of_settled = 120, .unsettled = 60, .delivered_of_unsettled = 10}), 20);
  EXPECT_DOUBLE_EQ(outstanding({.unsettled = 10, .delivered_of_unsettled = 10}), 0);
}

TEST(Pacing, OnlyWhatIsMissingIsDecided) {
  const auto pace =
      pace_of(order(), {.delivered = 40, .delivered_today = 40, .unsettled = 60, .delivered_of_unsettled = 40}, kStart + 12h, 5000);
  // 100 planned, 40 delivered, 8 of those decided are still expected; four of five decisions are delivered.
  EXPECT_DOUBLE_EQ(pace.demand, 65);
  EXPECT_EQ(pace.allowance, 65);
}

TEST(Pacing, WithoutAGoalEveryVisitIsWanted) {
  auto open = order();
  open.goal.reset();
  const auto pace = pace_of(open, {.delivered = 77}, kStart + 12h, 5000);
  EXPECT_DOUBLE_EQ(pace.demand, 5000);
  EXPECT_GT(pace.allowance, 1'000'000'000);
  EXPECT_EQ(pace_of(open, {}, kStart - 1h, 5000).demand, 5000) << "dates are checked where it is decided";
}

TEST(Pacing, ACapIsNeverExceededByWhatIsOnItsWay) {
  auto capped = order();
  capped.cap = 1000;
  capped.pacing = Pacing::fast;
  EXPECT_EQ(pace_of(capped, {.delivered = 900, .unsettled = 100, .delivered_of_unsettled = 0}, kStart + 12h, 5000).allowance, 10);
  EXPECT_EQ(pace_of(capped, {.delivered = 900, .unsettled = 100, .delivered_of_unsettled = 60}, kStart + 12h, 5000).allowance, 70);
  EXPECT_EQ(pace_of(capped, {.delivered = 1000}, kStart + 12h, 5000).allowance, 0);
  EXPECT_EQ(pace_of(capped, {.delivered = 1200, .unsettled = 50}, kStart + 12h, 5000).allowance, 0);
  capped.goal.reset();
  EXPECT_EQ(pace_of(capped, {}, kStart + 12h, 5000).allowance, 1000) << "a cap alone is the goal, too";
}

}  // namespace
}  // namespace carillon::ads
