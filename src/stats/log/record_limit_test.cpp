#include "stats/log/record_limit.hpp"

#include <gtest/gtest.h>

namespace carillon::stats {
namespace {

using std::chrono::minutes;

constexpr int kPerMinute = 6;
constexpr int kBucket = kPerMinute * static_cast<int>(RecordLimit::kBurst.count());
const Time kStart = parse_rfc3339("2026-11-24T10:00:00Z").value();

Listener listener(std::uint32_t number) {
  Listener made{};
  for (std::size_t i = 0; i < sizeof number; ++i) made[i] = static_cast<std::byte>(number >> (8 * i));
  return made;
}

int allowed(RecordLimit& limit, const Listener& who, Time at, int tries) {
  int count = 0;
  for (int i = 0; i < tries; ++i) count += limit.allows(who, at) ? 1 : 0;
  return count;
}

TEST(RecordLimit, GivesABurstThenTheRate) {
  RecordLimit limit{kPerMinute};
  EXPECT_EQ(allowed(limit, listener(1), kStart, 10 * kBucket), kBucket);
  EXPECT_EQ(allowed(limit, listener(1), kStart + minutes{1}, 10 * kBucket), kPerMinute);
  EXPECT_EQ(allowed(limit, listener(2), kStart + minutes{1}, 10 * kBucket), kBucket) << "another address has its own";
}

TEST(RecordLimit, AClockThatWasAheadHoldsNobodyUp) {
  RecordLimit limit{kPerMinute};
  EXPECT_EQ(allowed(limit, listener(1), kStart + std::chrono::days{365}, 10 * kBucket), kBucket);
  EXPECT_EQ(allowed(limit, listener(1), kStart, kBucket), 0);
  EXPECT_EQ(allowed(limit, listener(1), kStart + minutes{1}, kBucket), kPerMinute) << "the year is not waited for";
}

TEST(RecordLimit, RemembersABoundedNumberOfAddresses) {
  RecordLimit limit{kPerMinute};
  for (std::uint32_t i = 0; i < 2 * RecordLimit::kMaxAddresses; ++i) ASSERT_TRUE(limit.allows(listener(i), kStart));
  EXPECT_LE(limit.size(), RecordLimit::kMaxAddresses);
  // An hour later the early ones are forgotten, and newcomers are limited again.
  const auto later = kStart + minutes{60};
  const auto newcomer = listener(10 * RecordLimit::kMaxAddresses);
  EXPECT_EQ(allowed(limit, newcomer, later, 2 * kBucket), kBucket);
  EXPECT_LT(limit.size(), std::size_t{10});
}

TEST(RecordLimit, ZeroIsNoLimit) {
  RecordLimit limit{0};
  EXPECT_EQ(allowed(limit, listener(1), kStart, 100'000), 100'000);
  EXPECT_EQ(limit.size(), 0U);
}

}  // namespace
}  // namespace carillon::stats
