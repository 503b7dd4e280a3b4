// The unit cases of PRX's counts, and that the order of requests and how they are split never matter.

#include "stats/counting/byte_ranges.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>

namespace carillon::stats {
namespace {

ByteRanges of(std::initializer_list<ByteRange> all) {
  ByteRanges ranges;
  for (const auto& range : all) ranges.add(range);
  return ranges;
}

TEST(ByteRanges, AreMergedInAnyOrder) {
  EXPECT_THAT(of({{10, 20}, {5, 7}, {22, 40}, {8, 8}, {15, 19}}).ranges(),
              ::testing::ElementsAre(ByteRange{5, 8}, ByteRange{10, 20}, ByteRange{22, 40}));
  EXPECT_THAT(of({{10, 20}, {21, 22}, {5, 9}}).ranges(), ::testing::ElementsAre(ByteRange{5, 22}));
  EXPECT_THAT(of({{22, 23}, {10, 20}, {4, 12}}).ranges(), ::testing::ElementsAre(ByteRange{4, 20}, ByteRange{22, 23}));
}

TEST(ByteRanges, KnowHowMuchOfARangeTheyCover) {
  const auto ranges = of({{4, 40}, {100, 101}, {120, 130}});
  EXPECT_EQ(ranges.covered({0, 0}), 0);
  EXPECT_EQ(ranges.covered({0, 4}), 1);
  EXPECT_EQ(ranges.covered({0, 10}), 7);
  EXPECT_EQ(ranges.covered({0, 50}), 37);
  EXPECT_EQ(ranges.covered({8, 10}), 3);
  EXPECT_EQ(ranges.covered({30, 50}), 11);
  EXPECT_EQ(ranges.covered({100, 109}), 2);
  EXPECT_EQ(ranges.covered({4, 4}), 1);
  EXPECT_EQ(ranges.covered({3, 122}), 42);
  const auto others = of({{4, 40}, {90, 100}, {102, 130}});
  EXPECT_FALSE(others.contains({3, 40}));
  EXPECT_FALSE(others.contains({4, 41}));
  EXPECT_TRUE(others.contains({4, 40}));
  EXPECT_FALSE(others.contains({41, 100}));
  EXPECT_FALSE(others.contains({94, 110}));
  EXPECT_TRUE(others.contains({104, 110}));
}

TEST(ByteRanges, HaveATotal) {
  EXPECT_EQ(of({{4, 40}, {10, 20}, {99, 100}, {100, 101}, {120, 130}}).total(), 51);
  EXPECT_EQ(of({}).total(), 0);
  EXPECT_EQ(of({{0, 0}}).total(), 1);
  EXPECT_EQ(of({{5, 4}}).total(), 0) << "nothing was sent";
}

TEST(ByteRanges, AreTheSameSetAsBytesOneByOne) {
  std::mt19937 random{20261130};
  for (int round = 0; round < 500; ++round) {
    ByteRanges ranges;
    std::set<std::int64_t> bytes;
    for (int number = 0; number < 12; ++number) {
      const auto first = static_cast<std::int64_t>(random() % 80) - 10;
      const auto last = first + static_cast<std::int64_t>(random() % 12) - 1;
      ranges.add({first, last});
      for (auto at = first; at <= last; ++at) bytes.insert(at);
    }
    ASSERT_EQ(ranges.total(), static_cast<std::int64_t>(bytes.size()));
    for (std::int64_t at = -12; at < 85; ++at) ASSERT_EQ(ranges.contains({at, at}), bytes.contains(at)) << at;
    for (std::size_t at = 1; at < ranges.ranges().size(); ++at)
      ASSERT_GT(ranges.ranges()[at].first, ranges.ranges()[at - 1].last + 1) << "merged";
  }
}

}  // namespace
}  // namespace carillon::stats
