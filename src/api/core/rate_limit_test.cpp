#include "api/core/rate_limit.hpp"

#include "base/testing/testing.hpp"

#include <gtest/gtest.h>

namespace carillon::api {
namespace {

using namespace std::chrono_literals;

TEST(RateLimit, AClockThatWasAheadKeepsNobodyOut) {
  carillon::testing::ManualClock clock;
  RateLimit limit{clock};
  auto stranger = accounts::Caller::nobody();
  stranger.address_prefix = "192.0.2.0/24";
  clock.advance(24h * 365);
  for (int i = 0; i < kStrangers.requests; ++i) ASSERT_TRUE(limit.take(stranger).allowed);
  EXPECT_FALSE(limit.take(stranger).allowed);
  clock.advance(-24h * 365);
  const auto held = limit.take(stranger);
  EXPECT_FALSE(held.allowed);
  EXPECT_LE(held.again_in, kStrangers.window);
  clock.advance(held.again_in);
  EXPECT_TRUE(limit.take(stranger).allowed);
}

TEST(RateLimit, StrangersInTheSameNetworkUseUpNothingOfADeviceThatWasHereBefore) {
  carillon::testing::ManualClock clock;
  RateLimit limit{clock};
  auto stranger = accounts::Caller::nobody();
  stranger.address_prefix = "192.0.2.0/24";
  for (int i = 0; i < kStrangers.requests; ++i) ASSERT_TRUE(limit.take(stranger).allowed);
  EXPECT_FALSE(limit.take(stranger).allowed);
  for (int i = 0; i < kStrangers.requests; ++i) ASSERT_TRUE(limit.take(stranger, "a device").allowed);
  EXPECT_FALSE(limit.take(stranger, "a device").allowed) << "it has a share, not a free pass";
}

TEST(RateLimit, WhatIsWrittenCountsPerPersonHoweverManyTokensTheyHave) {
  carillon::testing::ManualClock clock;
  RateLimit limit{clock};
  auto ada = accounts::Caller::person("ada", "ada@x.org", false, {});
  for (int i = 0; i < kKnownCallers.requests; ++i) {
    ada.token = "token " + std::to_string(i % 12);
    ASSERT_TRUE(limit.take(ada, {}, true).allowed);
  }
  EXPECT_FALSE(limit.take(ada, {}, true).allowed);
  EXPECT_TRUE(limit.take(ada, {}, false).allowed) << "reading leaves no line";
  ada.token.clear();
  ada.session = "a session";
  EXPECT_FALSE(limit.take(ada, {}, true).allowed) << "nor does signing in help";
  EXPECT_TRUE(limit.take(accounts::Caller::person("bob", "bob@x.org", false, {}), {}, true).allowed);
}

TEST(RateLimit, PiecesOfUploadsAreNoFlood) {
  carillon::testing::ManualClock clock;
  RateLimit limit{clock};
  const auto ada = accounts::Caller::person("ada", "ada@x.org", false, {});
  for (int i = 0; i < 3 * kKnownCallers.requests; ++i) ASSERT_TRUE(limit.take_piece(ada).allowed);
  EXPECT_TRUE(limit.take(ada, {}, true).allowed) << "they keep nobody from working meanwhile";
  for (int i = 3 * kKnownCallers.requests; i < kPieces.requests; ++i) ASSERT_TRUE(limit.take_piece(ada).allowed);
  EXPECT_FALSE(limit.take_piece(ada).allowed);
  auto stranger = accounts::Caller::nobody();
  stranger.address_prefix = "192.0.2.0/24";
  for (int i = 0; i < kStrangers.requests; ++i) ASSERT_TRUE(limit.take_piece(stranger).allowed);
  EXPECT_FALSE(limit.take_piece(stranger).allowed) << "who has no upload has no pieces";
}

}  // namespace
}  // namespace carillon::api
