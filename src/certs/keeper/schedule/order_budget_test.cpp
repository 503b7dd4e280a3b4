#include "certs/keeper/schedule/order_budget.hpp"

#include <gtest/gtest.h>

namespace carillon::certs {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

const Time kStart{std::chrono::sys_days{std::chrono::year{2026} / 11 / 24}};

TEST(OrderBudget, LetsTenThroughInTenSeconds) {
  OrderBudget budget;
  for (int i = 0; i < OrderBudget::kBurst; ++i) {
    EXPECT_LE(budget.next(OrderKind::renewal, kStart), kStart);
    budget.placed(OrderKind::renewal, kStart);
  }
  EXPECT_EQ(budget.next(OrderKind::renewal, kStart), kStart + seconds{10});
}

TEST(OrderBudget, StaysBelowThreeHundredFreshOrdersInThreeHoursButLetsRenewalsPass) {
  OrderBudget budget;
  auto now = kStart;
  int placed = 0;
  while (now < kStart + hours{3}) {
    if (budget.next(OrderKind::fresh, now) <= now) {
      budget.placed(OrderKind::fresh, now);
      ++placed;
    }
    now += seconds{1};
  }
  EXPECT_EQ(placed, OrderBudget::kFresh);
  now += seconds{10};
  EXPECT_LE(budget.next(OrderKind::renewal, now), now);
}

TEST(OrderBudget, OneRefusedNameDoesNotHoldUpTheOthersTwoDo) {
  OrderBudget budget;
  budget.refused("a.example", kStart, kStart + hours{1}, false);
  budget.refused("a.example", kStart + minutes{5}, kStart + hours{1}, false);
  EXPECT_LE(budget.next(OrderKind::fresh, kStart), kStart);
  budget.refused("b.example", kStart + minutes{10}, kStart + hours{2}, false);
  EXPECT_EQ(budget.next(OrderKind::fresh, kStart + minutes{10}), kStart + hours{2});
}

TEST(OrderBudget, BelievesACaThatNamesTheAccount) {
  OrderBudget budget;
  budget.refused("a.example", kStart, kStart + hours{1}, true);
  EXPECT_EQ(budget.next(OrderKind::fresh, kStart), kStart + hours{1});
  EXPECT_LE(budget.next(OrderKind::renewal, kStart), kStart) << "renewals are exempt";
}

TEST(OrderBudget, CapsIssuancesPerNameAndDay) {
  EXPECT_EQ(most_issuances_per_day(hours{24 * 90}), 5);
  EXPECT_EQ(most_issuances_per_day(hours{1}), 72);
  EXPECT_EQ(most_issuances_per_day(seconds{60}), 4320);
}

}  // namespace
}  // namespace carillon::certs
