#include "certs/keeper/testing/simulation_surge.hpp"

#include <gtest/gtest.h>

namespace carillon::certs::testing {
namespace {

using std::chrono::hours;

constexpr auto kAccount = "https://ca.test/account/1";
constexpr int kNames = 60;

/// The lower the number, the sooner it ends.
std::string name_of(int number) { return "www.name" + std::to_string(number) + ".org"; }
Time end_of(int number) { return Time{hours{number}}; }

std::map<std::string, Time> all_due() {
  std::map<std::string, Time> due;
  for (int number = 0; number < kNames; ++number) due[name_of(number)] = end_of(number);
  return due;
}

/// From `from` on, all go in the order of their ends; both nodes are at work.
void order_all(Surge& surge, int from = 0) {
  for (int number = from; number < kNames; ++number) surge.ordered(kAccount, number % 2, name_of(number));
}

TEST(SimulationSurge, HasNothingToSayOfWhatGoesInTheOrderOfItsEnds) {
  Surge surge{all_due()};
  order_all(surge);
  EXPECT_TRUE(surge.out_of_order().empty());
}

TEST(SimulationSurge, NamesWhatWasOrderedLongBeforeWhatEndsSooner) {
  Surge surge{all_due()};
  order_all(surge, 1);
  surge.ordered(kAccount, 0, name_of(0));
  const auto found = surge.out_of_order();
  ASSERT_EQ(found.size(), 1U) << "the other node has done nothing wrong";
  EXPECT_EQ(found.front().late, name_of(0));
  EXPECT_EQ(found.front().late_ends, end_of(0));
  EXPECT_GT(found.front().early_ends, end_of(0));
}

TEST(SimulationSurge, NamesWhatKeepsFailingAndGoesBeforeOthers) {
  auto due = all_due();
  for (int number = 0; number < kNames / 2; ++number) due[name_of(number)] = Time::max();
  Surge surge{std::move(due)};
  order_all(surge);
  const auto found = surge.out_of_order();
  ASSERT_EQ(found.size(), 2U) << "one for each node";
  EXPECT_EQ(found.front().early_ends, Time::max());
}

TEST(SimulationSurge, LeavesOutTheNextRenewalByTheOtherNode) {
  Surge surge{all_due()};
  order_all(surge);
  // Weeks later, when nothing is left of the surge.
  for (int number = 0; number < kNames; ++number) surge.ordered(kAccount, 1 - number % 2, name_of(number));
  EXPECT_TRUE(surge.out_of_order().empty());
}

TEST(SimulationSurge, LeavesOutWhatNeededNoOrderBecauseItsOwnWasUnderWay) {
  Surge surge{all_due()};
  surge.issued(name_of(0));
  order_all(surge, 1);
  surge.ordered(kAccount, 0, name_of(0));
  EXPECT_TRUE(surge.out_of_order().empty());
}

}  // namespace
}  // namespace carillon::certs::testing
