#include "certs/scan/pace.hpp"

#include <gtest/gtest.h>

namespace carillon::certs {
namespace {

using namespace std::chrono_literals;

TEST(Pace, GrowsWithQuickAnswersUpToItsMost) {
  Pace pace;
  const Pace::Instant now{};
  for (std::size_t i = 0; i < 10 * Pace::kMax; ++i) pace.answered(5ms, now);
  EXPECT_EQ(pace.window(), Pace::kMax);
}

TEST(Pace, IsOpenedWhenTheRestIsDone) {
  Pace pace;
  pace.open();
  EXPECT_EQ(pace.window(), Pace::kMax);
  pace.answered(2s, {});
  EXPECT_EQ(pace.window(), Pace::kMax / 2) << "who is still busy is still spared";
}

TEST(Pace, IsHalvedByLateAnswersOnceAtATimeAndNeverStops) {
  Pace pace;
  Pace::Instant now{};
  pace.answered(2s, now);
  EXPECT_EQ(pace.window(), Pace::kFirst / 2);
  pace.answered(2s, now + 1ms);
  EXPECT_EQ(pace.window(), Pace::kFirst / 2) << "what was sent before the cut says nothing about it";
  for (int i = 0; i < 20; ++i) pace.answered(2s, now += 1s);
  EXPECT_EQ(pace.window(), Pace::kLeast);
}

}  // namespace
}  // namespace carillon::certs
