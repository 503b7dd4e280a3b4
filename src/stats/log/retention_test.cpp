#include "stats/log/retention.hpp"

#include "base/file.hpp"
#include "base/testing/testing.hpp"
#include "stats/log/segment.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace carillon::stats {
namespace {

using std::chrono::days;
using std::chrono::hours;
using testing::TemporaryFolder;

const Time kNow = parse_rfc3339("2026-11-24T10:00:00Z").value();
constexpr std::chrono::steady_clock::time_point kStart{hours{1000}};

class RetentionTest : public ::testing::Test {
 protected:
  void add(Time first, std::uint64_t sequence) { ASSERT_TRUE(write_file(folder_.path() / segment_name(first, sequence), "records")); }
  std::vector<std::uint64_t> left() {
    std::vector<std::uint64_t> sequences;
    for (const auto& entry : std::filesystem::directory_iterator{folder_.path()}) {
      if (const auto sequence = sequence_of(entry.path().filename().string())) sequences.push_back(*sequence);
    }
    std::ranges::sort(sequences);
    return sequences;
  }
  TemporaryFolder folder_;
};

TEST_F(RetentionTest, RemovesWhatIsOlderThanItKeepsAndNothingElse) {
  add(kNow - days{12}, 1);
  add(kNow - days{11}, 2);
  add(kNow - days{10}, 3);
  add(kNow, 4);
  ASSERT_TRUE(write_file(folder_.path() / "20200101T000000Z-notes.txt", "an operator's own"));
  Retention retention{folder_.path(), days{10}};
  EXPECT_EQ(retention.remove_old(kNow, kStart).value(), 0U);
  EXPECT_EQ(retention.remove_old(kNow, kStart + kDueBeforeRemoval).value(), 2U);
  EXPECT_THAT(left(), ::testing::ElementsAre(3, 4));
  EXPECT_TRUE(std::filesystem::exists(folder_.path() / "20200101T000000Z-notes.txt"));
}

TEST_F(RetentionTest, KeepsADayUntilItsLastSecondIsOldEnough) {
  const auto midnight = parse_rfc3339("2026-11-10T00:00:00Z").value();
  add(midnight, 1);
  add(kNow, 2);
  Retention retention{folder_.path(), days{10}};
  const auto due = midnight + days{1} + days{10};
  EXPECT_EQ(retention.remove_old(due - std::chrono::seconds{1}, kStart).value(), 0U);
  EXPECT_EQ(retention.remove_old(due - std::chrono::seconds{1}, kStart + kDueBeforeRemoval).value(), 0U);
  EXPECT_EQ(retention.remove_old(due, kStart + kDueBeforeRemoval).value(), 0U);
  EXPECT_EQ(retention.remove_old(due, kStart + 2 * kDueBeforeRemoval).value(), 1U);
}

TEST_F(RetentionTest, AClockThatIsAYearAheadForAnHourRemovesNothing) {
  add(kNow - days{2}, 1);
  add(kNow - days{1}, 2);
  add(kNow, 3);
  Retention retention{folder_.path(), days{30}};
  EXPECT_EQ(retention.remove_old(kNow + days{365}, kStart).value(), 0U);
  EXPECT_EQ(retention.remove_old(kNow + days{365}, kStart + hours{1}).value(), 0U);
  EXPECT_EQ(retention.remove_old(kNow, kStart + hours{2}).value(), 0U);
  // It is right again: what looked due then is not remembered as such.
  EXPECT_EQ(retention.remove_old(kNow + days{365}, kStart + kDueBeforeRemoval + hours{2}).value(), 0U);
  EXPECT_THAT(left(), ::testing::ElementsAre(1, 2, 3));
}

TEST_F(RetentionTest, ZeroKeepsEverythingAndTheNewestStaysAlways) {
  add(kNow - days{4000}, 1);
  add(kNow - days{3000}, 2);
  Retention all{folder_.path(), days{0}};
  EXPECT_EQ(all.remove_old(kNow, kStart).value(), 0U);
  EXPECT_EQ(all.remove_old(kNow, kStart + kDueBeforeRemoval).value(), 0U);
  Retention some{folder_.path(), days{1}};
  EXPECT_EQ(some.remove_old(kNow, kStart).value(), 0U);
  EXPECT_EQ(some.remove_old(kNow, kStart + kDueBeforeRemoval).value(), 1U);
  EXPECT_THAT(left(), ::testing::ElementsAre(2));
}

}  // namespace
}  // namespace carillon::stats
