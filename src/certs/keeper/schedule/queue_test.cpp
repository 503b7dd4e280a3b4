#include "certs/keeper/schedule/queue.hpp"

#include "base/testing/testing.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace carillon::certs {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr Time kNow{hours{24 * 365 * 50}};

/// Room for as many orders at each issuer as it was given, now.
class GivenRoom final : public OrderRoom {
 public:
  Time next_order(const std::string& issuer, OrderKind) override { return left[issuer] > 0 ? kNow : kNow + hours{1}; }
  void order_placed(const std::string& issuer, OrderKind) override { --left[issuer]; }
  std::map<std::string, int> left;
};

class QueueTest : public ::testing::Test {
 protected:
  /// A look that is due.
  void put_look(const std::string& name, Duration urgency = {}) {
    queue.put(name, {.next = kNow, .beside_order = kNow, .urgency = kNow + urgency});
  }
  /// A step at an issuer that is due.
  void put_step(const std::string& name, const std::string& issuer, Duration urgency = {}) {
    queue.put(name, {.next = kNow, .urgency = kNow + urgency, .issuer = issuer});
  }
  /// An order that is due; `beside`: when something else is.
  void put_order(const std::string& name, const std::string& issuer, Duration urgency = {}, Time beside = Time::max(),
                 OrderKind kind = OrderKind::fresh) {
    queue.put(name, {.next = kNow,
                     .beside_order = beside,
                     .urgency = kNow + urgency,
                     .issuer = issuer,
                     .order = Plan::Order{.issuer = issuer, .kind = kind, .due = kNow}});
  }
  /// An order of a name without a certificate, which may go to another issuer.
  void put_first_order(const std::string& name, const std::string& issuer, std::vector<std::string> others, Duration urgency = {}) {
    queue.put(name, {.next = kNow,
                     .urgency = kNow + urgency,
                     .issuer = issuer,
                     .order = Plan::Order{.issuer = issuer, .kind = OrderKind::fresh, .due = kNow, .others = std::move(others)}});
  }
  /// Everybody who has a turn, in order; none of them is done.
  std::vector<std::string> picked(Time at = kNow) {
    std::vector<std::string> names;
    while (auto turn = queue.pick(at, room)) {
      names.push_back(turn->name);
      turns.push_back(std::move(*turn));
    }
    return names;
  }

  GivenRoom room;
  Queue queue{{.at_one_issuer = 2, .looks = 3}};
  std::vector<Turn> turns;
};

TEST_F(QueueTest, TheMostUrgentOfWhatIsDueGoesFirst) {
  put_look("later", hours{2});
  put_look("sooner", hours{1});
  queue.put("not yet", {.next = kNow + seconds{1}, .beside_order = kNow + seconds{1}, .urgency = kNow});
  queue.put("never", {});
  EXPECT_EQ(queue.next(kNow, room), kNow);
  EXPECT_THAT(picked(), ElementsAre("sooner", "later"));
  EXPECT_EQ(queue.next(kNow, room), kNow + seconds{1});
  EXPECT_THAT(picked(kNow + seconds{1}), ElementsAre("not yet"));
  EXPECT_EQ(queue.next(kNow, room), std::nullopt);
}

TEST_F(QueueTest, AnIssuerThatHangsLeavesTurnsForOthers) {
  for (const auto* name : {"a", "b", "c"}) put_step(name, "hangs");
  put_step("elsewhere", "answers", hours{9});
  EXPECT_THAT(picked(), ElementsAre("a", "b", "elsewhere"));
  queue.done(turns.front());
  EXPECT_THAT(picked(), ElementsAre("c"));
}

TEST_F(QueueTest, LooksLeaveTurnsForSteps) {
  for (const auto* name : {"a", "b", "c", "d"}) put_look(name);
  put_step("step", "first", hours{9});
  EXPECT_THAT(picked(), ElementsAre("a", "b", "c", "step"));
  queue.done(turns.back());
  EXPECT_THAT(picked(), IsEmpty()) << "a step that is done makes no room for a look";
  queue.done(turns.front());
  EXPECT_THAT(picked(), ElementsAre("d"));
}

TEST_F(QueueTest, ARenewalBeginsWhoeverIsBusy) {
  for (const auto* name : {"a", "b"}) put_step(name, "hangs");
  ASSERT_THAT(picked(), ElementsAre("a", "b"));
  // The spare of this one is made there; what is served comes first.
  queue.put("c", {.next = kNow, .beside_order = kNow, .urgency = kNow, .issuer = "hangs", .renewal = kNow});
  EXPECT_THAT(picked(), ElementsAre("c"));
  EXPECT_EQ(turns.back().keeps_busy, std::nullopt);
}

TEST_F(QueueTest, AnOrderWaitsForRoomAndTheMostUrgentGetsIt) {
  put_order("new", "first", hours{2});
  put_order("ends soon", "first", hours{1}, Time::max(), OrderKind::renewal);
  put_order("elsewhere", "second", hours{3});
  EXPECT_THAT(picked(), IsEmpty());
  EXPECT_EQ(queue.next(kNow, room), kNow + hours{1}) << "when there may be room";
  room.left["first"] = 1;
  EXPECT_THAT(picked(), ElementsAre("ends soon"));
  EXPECT_TRUE(turns.back().admitted);
  EXPECT_EQ(room.left["first"], 0);
  room.left["second"] = 1;
  EXPECT_THAT(picked(), ElementsAre("elsewhere")) << "who waits at one issuer holds up nobody at another";
}

TEST_F(QueueTest, WhoWaitsForAnOrderHoldsUpNobodyElse) {
  put_order("waits", "first");
  put_step("step", "first", hours{2});
  put_look("look", hours{3});
  EXPECT_THAT(picked(), ElementsAre("step", "look"));
}

TEST_F(QueueTest, SomethingBesideTheOrderIsNotHeldUp) {
  put_order("waits", "first", {}, kNow + minutes{10});
  EXPECT_THAT(picked(), IsEmpty());
  EXPECT_EQ(queue.next(kNow, room), kNow + minutes{10});
  EXPECT_THAT(picked(kNow + minutes{10}), ElementsAre("waits"));
  EXPECT_TRUE(turns.back().beside_order);
  EXPECT_FALSE(turns.back().admitted);
  // Back in the queue it waits for its order again.
  put_order("waits", "first", {}, kNow + minutes{20});
  queue.done(turns.back());
  EXPECT_THAT(picked(kNow + minutes{10}), IsEmpty());
  room.left["first"] = 1;
  EXPECT_THAT(picked(kNow + minutes{10}), ElementsAre("waits"));
  EXPECT_TRUE(turns.back().admitted);
  EXPECT_FALSE(turns.back().beside_order);
}

TEST_F(QueueTest, AnOrderThatIsNotDueYetWaitsForNoRoom) {
  queue.put("paused", {.next = kNow,
                       .beside_order = kNow,
                       .urgency = kNow,
                       .issuer = "first",
                       .order = Plan::Order{.issuer = "first", .kind = OrderKind::fresh, .due = kNow + hours{1}}});
  EXPECT_THAT(picked(), ElementsAre("paused")) << "its look is due";
  EXPECT_FALSE(turns.back().beside_order);
}

TEST_F(QueueTest, WhatIsTakenOutIsGoneFromEverywhere) {
  put_look("look");
  put_order("parked", "first", {}, kNow + minutes{1});
  put_order("admitted", "second");
  room.left["second"] = 1;
  for (int i = 0; i < 2; ++i) put_step("busy" + std::to_string(i), "second", -hours{1});
  EXPECT_THAT(picked(), ElementsAre("busy0", "busy1", "look"));
  EXPECT_TRUE(queue.take("admitted")) << "there was room for its order but not for its turn";
  EXPECT_FALSE(queue.take("parked"));
  EXPECT_FALSE(queue.take("look")) << "it has its turn";
  room.left["first"] = 1;
  EXPECT_EQ(queue.next(kNow, room), std::nullopt);
  EXPECT_THAT(picked(kNow + hours{2}), IsEmpty());
  EXPECT_EQ(room.left["first"], 1);
}

TEST_F(QueueTest, WhereOneIssuerHasNoRoomForLongANameGoesToAnother) {
  queue = Queue{{.at_one_issuer = 10, .looks = 3}};
  room.left = {{"first", 1}, {"second", 2}};
  for (const auto* name : {"a", "b", "c", "d"}) put_first_order(name, "first", {"second"});
  EXPECT_THAT(picked(), ElementsAre("a", "b", "c"));
  EXPECT_EQ(turns[0].admitted_at, "first");
  EXPECT_EQ(turns[1].admitted_at, "second");
  EXPECT_EQ(turns[2].admitted_at, "second");
  EXPECT_EQ(queue.next(kNow, room), kNow + hours{1}) << "the fourth waits for either of them";
}

TEST_F(QueueTest, ANameThatHasNoCertificateGoesBeforeASpareAtTheOtherIssuer) {
  room.left = {{"first", 0}, {"second", 1}};
  put_order("spare", "second", Time::max() - kNow);
  put_first_order("new", "first", {"second"}, hours{72});
  EXPECT_THAT(picked(), ElementsAre("new"));
  EXPECT_EQ(turns[0].admitted_at, "second");
  room.left["second"] = 1;
  EXPECT_THAT(picked(), ElementsAre("spare"));
}

TEST_F(QueueTest, AShortWaitIsNoReasonToGoToAnotherIssuer) {
  class Burst final : public OrderRoom {
   public:
    Time next_order(const std::string& issuer, OrderKind) override { return issuer == "first" ? kNow + seconds{10} : kNow; }
    void order_placed(const std::string&, OrderKind) override {}
  } burst;
  put_first_order("a", "first", {"second"});
  EXPECT_FALSE(queue.pick(kNow, burst));
  EXPECT_EQ(queue.next(kNow, burst), kNow + seconds{10});
}

TEST_F(QueueTest, ANameWithoutAChoiceDoesNotHoldUpOthers) {
  room.left = {{"first", 0}, {"second", 1}};
  put_order("bound", "first");
  put_first_order("free", "first", {"second"}, hours{1});
  EXPECT_THAT(picked(), ElementsAre("free"));
}

}  // namespace
}  // namespace carillon::certs
