#include "base/set_back.hpp"

#include <gtest/gtest.h>

namespace carillon {
namespace {

using namespace std::chrono_literals;

TEST(SetBack, TakesAPastThatLiesAheadForNowAndShortensWaitsByTheDifference) {
  const Time now{std::chrono::sys_days{std::chrono::year{2026} / 11 / 24}};
  for (const Duration by : {Duration{1h}, Duration{24h * 10}, Duration{24h * 365}}) {
    const SetBack jump{.was = now + by, .now = now};
    EXPECT_EQ(jump.past(now - 5min), now - 5min);
    EXPECT_EQ(jump.past(now + by - 5min), now) << "it happened by the wrong clock";
    EXPECT_EQ(jump.wait(now + by + 6h), now + 6h) << "so much of the wait was left";
    EXPECT_EQ(jump.wait(now + 30min), now) << "it would be over";
    EXPECT_EQ(jump.wait(now - 1min), now - 1min);
  }
}

}  // namespace
}  // namespace carillon
