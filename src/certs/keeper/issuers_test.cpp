#include "certs/keeper/issuers.hpp"

#include "certs/keeper/testing/world.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <utility>

namespace carillon::certs {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::KeeperWorld;

Issuers issuers_of(KeeperWorld& world) {
  return {world.settings.issuers, *world.ca, *world.database, world.master, world.clock, world.random};
}

/// Something happens when it is asked for the first time.
class Meanwhile final : public Random {
 public:
  explicit Meanwhile(std::function<void()> happens) : happens_{std::move(happens)} {}
  void fill(std::span<std::byte> bytes) override {
    if (const auto happens = std::exchange(happens_, {})) happens();
    random_.fill(bytes);
  }

 private:
  std::function<void()> happens_;
  SystemRandom random_;
};

TEST(Issuers, TwoNodesThatNeedAnAccountAtOnceHaveTheSame) {
  KeeperWorld world;
  auto other = issuers_of(world);
  // The other node makes its key while this one seals its own.
  Meanwhile random{[&] { EXPECT_TRUE(other.client("first")); }};
  Issuers one{world.settings.issuers, *world.ca, *world.database, world.master, world.clock, random};
  ASSERT_TRUE(one.client("first"));
  EXPECT_EQ(world.count(testca::Act::account), 1U);
}

TEST(Issuers, TwoNodesTogetherStayBelowTheLimitOfTheirAccount) {
  KeeperWorld world;
  auto one = issuers_of(world), other = issuers_of(world);
  const auto end = world.clock.now() + hours{3};
  int placed = 0;
  for (; world.clock.now() < end; world.clock.advance(seconds{20})) {
    for (auto* node : {&one, &other}) {
      for (int i = 0; i < 5; ++i) placed += node->reserve_order("first", OrderKind::fresh).value() ? 1 : 0;
    }
  }
  EXPECT_EQ(placed, OrderBudget::kFresh);
  for (auto* node : {&one, &other}) EXPECT_GE(node->next_order("first", OrderKind::fresh), end) << "each knows it without asking";
  EXPECT_TRUE(one.reserve_order("first", OrderKind::renewal).value()) << "what follows a certificate is not counted by the CA";
}

TEST(Issuers, TenOrdersInTenSecondsAreThoseOfAllNodes) {
  KeeperWorld world;
  auto one = issuers_of(world), other = issuers_of(world);
  for (int i = 0; i < OrderBudget::kBurst; ++i) EXPECT_TRUE((i % 2 == 0 ? one : other).reserve_order("first", OrderKind::renewal).value());
  EXPECT_FALSE(one.reserve_order("first", OrderKind::renewal).value());
  EXPECT_FALSE(other.reserve_order("first", OrderKind::renewal).value());
  world.clock.advance(OrderBudget::kBurstWindow);
  EXPECT_TRUE(other.reserve_order("first", OrderKind::renewal).value());
}

TEST(Issuers, WhatTheCaAsksOneNodeForHoldsTheOtherAndOneThatIsStartedAnew) {
  KeeperWorld world;
  auto one = issuers_of(world), other = issuers_of(world);
  one.order_refused("first", "www.example.org", hours{1}, false);
  EXPECT_TRUE(other.reserve_order("first", OrderKind::fresh).value()) << "one name alone may be meant";
  other.order_refused("first", "www.example.net", hours{1}, false);
  EXPECT_FALSE(one.reserve_order("first", OrderKind::fresh).value()) << "two names: the account is meant";
  auto anew = issuers_of(world);
  ASSERT_TRUE(anew.load());
  EXPECT_EQ(anew.next_order("first", OrderKind::fresh), world.clock.now() + hours{1});
  world.clock.advance(hours{1} + seconds{1});
  EXPECT_TRUE(one.reserve_order("first", OrderKind::fresh).value());
}

TEST(Issuers, ANewKeyOfTheAccountReachesOtherNodes) {
  KeeperWorld world;
  auto one = issuers_of(world), other = issuers_of(world), third = issuers_of(world);
  for (auto* node : {&one, &other, &third}) ASSERT_TRUE(node->client("first"));
  const auto account = one.roll_over("first");
  ASSERT_TRUE(account) << account.error().error.message;
  other.account_changed("second");
  EXPECT_FALSE(other.client("first").value()->find_account()) << "it still has the old key";
  other.account_changed("first");
  third.accounts_changed();
  for (auto* node : {&other, &third}) {
    const auto found = node->client("first").value()->find_account();
    ASSERT_TRUE(found) << found.error().error.message;
    EXPECT_EQ(*found, *account);
  }
}

/// Something happens just before a request to change a key reaches the CA, whose answer is lost.
class LostAnswer final : public http::Outgoing {
 public:
  LostAnswer(http::Outgoing& ca, std::function<void()> before) : ca_{ca}, before_{std::move(before)} {}
  Result<http::OutgoingAnswer> exchange(const http::OutgoingRequest& request) override {
    if (!request.url.contains("key-change")) return ca_.exchange(request);
    before_();
    EXPECT_EQ(ca_.exchange(request).value().status, 200);
    return fail(ErrorKind::unavailable, "The answer is lost.");
  }

 private:
  http::Outgoing& ca_;
  std::function<void()> before_;
};

TEST(Issuers, ANodeThatStartsWhileAnotherChangesTheKeyDoesNotLoseIt) {
  KeeperWorld world;
  auto starting = issuers_of(world);
  LostAnswer lost{*world.ca, [&] { EXPECT_TRUE(starting.client("first")); }};
  {
    Issuers changing{world.settings.issuers, lost, *world.database, world.master, world.clock, world.random};
    ASSERT_TRUE(changing.client("first"));
    EXPECT_FALSE(changing.roll_over("first")) << "it ends without knowing what the CA has done";
  }
  EXPECT_FALSE(starting.client("first").value()->find_account()) << "the CA has the new key";
  EXPECT_FALSE(starting.has_other_key("first")) << "it asked a moment ago, and asking at each failure would never end";
  world.clock.advance(minutes{6});
  EXPECT_TRUE(starting.has_other_key("first"));
  EXPECT_TRUE(starting.client("first").value()->find_account());
  EXPECT_FALSE(starting.has_other_key("first"));
  EXPECT_EQ(world.count(testca::Act::account), 2U) << "one account was created, and its key changed once";
}

}  // namespace
}  // namespace carillon::certs
