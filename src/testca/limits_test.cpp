#include "testca/limits.hpp"

#include "base/testing/testing.hpp"

#include <gtest/gtest.h>

namespace carillon::testca {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr Limit kFiveAnHour{5, hours{1}};

TEST(Limits, AFullBucketGivesAllItHoldsAtOnce) {
  const carillon::testing::ManualClock clock;
  Buckets buckets;
  for (int i = 0; i < 5; ++i) {
    EXPECT_FALSE(buckets.wait("a", kFiveAnHour, clock.now())) << i;
    buckets.spend("a", kFiveAnHour, clock.now());
  }
  EXPECT_EQ(buckets.wait("a", kFiveAnHour, clock.now()), minutes{12});
}

TEST(Limits, TheNextTokenComesExactlyWhenItWasPromised) {
  carillon::testing::ManualClock clock;
  Buckets buckets;
  for (int i = 0; i < 5; ++i) buckets.spend("a", kFiveAnHour, clock.now());
  clock.advance(minutes{12} - Duration{1});
  EXPECT_EQ(buckets.wait("a", kFiveAnHour, clock.now()), Duration{1});
  clock.advance(Duration{1});
  EXPECT_FALSE(buckets.wait("a", kFiveAnHour, clock.now()));
  buckets.spend("a", kFiveAnHour, clock.now());
  EXPECT_EQ(buckets.wait("a", kFiveAnHour, clock.now()), minutes{12});
}

TEST(Limits, ABucketNeverHoldsMoreThanItsSize) {
  carillon::testing::ManualClock clock;
  Buckets buckets;
  buckets.spend("a", kFiveAnHour, clock.now());
  clock.advance(hours{1000});
  for (int i = 0; i < 5; ++i) buckets.spend("a", kFiveAnHour, clock.now());
  EXPECT_TRUE(buckets.wait("a", kFiveAnHour, clock.now()));
}

TEST(Limits, KeysDoNotShareABucket) {
  const carillon::testing::ManualClock clock;
  Buckets buckets;
  for (int i = 0; i < 5; ++i) buckets.spend("a", kFiveAnHour, clock.now());
  EXPECT_TRUE(buckets.wait("a", kFiveAnHour, clock.now()));
  EXPECT_FALSE(buckets.wait("b", kFiveAnHour, clock.now()));
}

}  // namespace
}  // namespace carillon::testca
