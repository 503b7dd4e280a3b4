#include "certs/keeper/schedule/backoff.hpp"

#include <gtest/gtest.h>

namespace carillon::certs {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

TEST(Backoff, GrowsAsPlannedAndNeverEnds) {
  const int expected[] = {1, 2, 2, 5, 10, 10, 10, 20, 30, 60, 120, 180, 360, 360};
  for (int failures = 1; failures <= 14; ++failures) EXPECT_EQ(pause_after(failures, 0.5, {}), minutes{expected[failures - 1]}) << failures;
  EXPECT_EQ(pause_after(1'000'000, 0.5, {}), hours{6});
}

TEST(Backoff, SpreadsByATenthBothWays) {
  EXPECT_EQ(pause_after(5, 0, {}), minutes{9});
  EXPECT_LT(pause_after(5, 0.999, {}), minutes{11});
  EXPECT_GT(pause_after(5, 0.999, {}), minutes{10});
}

TEST(Backoff, KeepsWhatTheCaAskedForUpToADay) {
  EXPECT_EQ(pause_after(1, 0.5, minutes{45}), minutes{45});
  EXPECT_EQ(pause_after(13, 0.5, minutes{45}), hours{6}) << "our own pause is longer";
  EXPECT_EQ(pause_after(1, 0.5, hours{24 * 365}), hours{24});
}

TEST(Backoff, TriesMoreOftenTheNearerTheEndIs) {
  EXPECT_EQ(pause_after(13, 0.5, {}, hours{24 * 20}), hours{6}) << "far from the end nothing changes";
  EXPECT_EQ(pause_after(13, 0.5, {}, hours{8}), hours{1});
  EXPECT_EQ(pause_after(13, 0.5, {}, minutes{5}), minutes{10}) << "not in a tight loop";
  EXPECT_EQ(pause_after(2, 0.5, {}, minutes{5}), minutes{2}) << "never longer than usual";
  EXPECT_EQ(pause_after(13, 0.5, hours{3}, hours{8}), hours{3}) << "what the CA asks for is kept";
}

TEST(Backoff, PollsAtLeastEverySixHours) {
  EXPECT_EQ(polling_pause_after(1), minutes{1});
  EXPECT_EQ(polling_pause_after(4), minutes{8});
  EXPECT_EQ(polling_pause_after(30), hours{6});
}

}  // namespace
}  // namespace carillon::certs
