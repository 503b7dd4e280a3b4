#include "base/id.hpp"

#include "base/testing/testing.hpp"

#include <gtest/gtest.h>

namespace carillon {
namespace {

TEST(Id, SortsByBirth) {
  testing::ManualClock clock;
  testing::SeededRandom random;
  std::string last;
  for (int i = 0; i < 100; ++i) {
    const auto id = new_id(clock, random);
    EXPECT_TRUE(is_id(id)) << id;
    EXPECT_LT(last, id);
    last = id;
    clock.advance(std::chrono::milliseconds{1});
  }
}

TEST(Id, DiffersWithinAMillisecond) {
  const testing::ManualClock clock;
  testing::SeededRandom random;
  const auto first = new_id(clock, random);
  EXPECT_NE(first, new_id(clock, random));
}

TEST(Id, IsNothingElse) {
  for (const std::string_view bad : {"", "01jdk3w5v8h2m6n9q4r7t0x1y", "01jdk3w5v8h2m6n9q4r7t0x1yzz", "01JDK3W5V8H2M6N9Q4R7T0X1YZ",
                                     "01jdk3w5v8h2m6n9q4r7t0x1yl", "01jdk3w5v8h2m6n9q4r7t0x1/."})
    EXPECT_FALSE(is_id(bad)) << bad;
  EXPECT_TRUE(is_id("01jdk3w5v8h2m6n9q4r7t0x1yz"));
}

}  // namespace
}  // namespace carillon
