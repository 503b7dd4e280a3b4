#include "api/stats/since_release.hpp"

#include <gmock/gmock.h>

namespace carillon::api {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;

constexpr Time kRelease{std::chrono::sys_days{std::chrono::year{2026} / 11 / 24} + 9h + 30min};

TEST(SinceReleaseTest, BeginsWithTheHourOfTheRelease) {
  const auto [first, last] = hours_since(kRelease, kRelease + 45min);
  EXPECT_EQ(first, kRelease - 30min);
  EXPECT_EQ(last, kRelease - 30min + 2h) << "the current hour is in";
  EXPECT_EQ(hours_since(kRelease, kRelease + 24h * 400).second, first + 24h * 90);
  const auto future = hours_since(kRelease, kRelease - 24h);
  EXPECT_EQ(future.first, future.second);
}

TEST(SinceReleaseTest, HasAnAgeWhenItIsOver) {
  std::vector<std::uint64_t> counts(24, 2);
  auto found = since_release(counts);
  EXPECT_EQ(found.age, 24h);
  EXPECT_EQ(found.downloads, 48U);
  EXPECT_FALSE(found.at[0]) << "the 24th hour isn't over";
  EXPECT_THAT(found.days, ElementsAre());
  counts.push_back(5);
  found = since_release(counts);
  EXPECT_EQ(found.at[0], 48U);
  EXPECT_FALSE(found.at[1]);
  EXPECT_THAT(found.days, ElementsAre(48U));
  EXPECT_EQ(found.first_hours.size(), 25U);
  EXPECT_EQ(found.first_hours.back(), 53U);
  EXPECT_EQ(after(counts, 2h), 4U);
  EXPECT_EQ(after(counts, 25h), 53U);
  EXPECT_FALSE(after(counts, 26h));
}

TEST(SinceReleaseTest, IsFollowedForNinetyDays) {
  const auto found = since_release(std::vector<std::uint64_t>(24 * 90, 1));
  EXPECT_THAT(found.at, ElementsAre(24U, 72U, 168U, 720U, 2160U));
  EXPECT_EQ(found.days.size(), 90U);
  EXPECT_EQ(found.first_hours.size(), 72U);
  EXPECT_EQ(since_release({}).downloads, 0U);
}

TEST(SinceReleaseTest, TypicalIsTheMiddle) {
  EXPECT_FALSE(typical_of({1, 2}));
  EXPECT_EQ(typical_of({900, 1, 5}), 5U);
  EXPECT_EQ(typical_of({1, 4, 2, 100}), 3U);
}

}  // namespace
}  // namespace carillon::api
