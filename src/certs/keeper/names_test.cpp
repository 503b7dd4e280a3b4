#include "certs/keeper/names.hpp"

#include "base/testing/testing.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <thread>

namespace carillon::certs {
namespace {

using std::chrono::hours;

/// Room for so many orders, whoever asks.
class GivenRoom final : public OrderRoom {
 public:
  explicit GivenRoom(const Clock& clock) : clock_{clock} {}
  Time next_order(const std::string&, OrderKind) override { return left > 0 ? clock_.now() : Time::max(); }
  void order_placed(const std::string&, OrderKind) override { --left; }
  int left = 0;

 private:
  const Clock& clock_;
};

class NamesTest : public ::testing::Test {
 protected:
  /// A name whose next step is due; `added` orders them.
  NameState due(const std::string& name, Duration added = {}) const {
    NameState state;
    state.row.name = name;
    state.row.added = clock.now() + added;
    state.row.next_try = clock.now();
    state.row.step = Step::validated;
    state.row.issuer = "first";
    return state;
  }
  static Plan plan(const NameState& state) {
    Plan plan{.next = state.row.next_try, .urgency = state.row.added, .issuer = state.row.issuer};
    if (state.row.step == Step::due && !state.attempt.admitted)
      plan.order = Plan::Order{.issuer = state.row.issuer, .kind = OrderKind::fresh, .due = state.row.next_try};
    return plan;
  }

  carillon::testing::ManualClock clock;
  GivenRoom room{clock};
  Names names{{.at_one_issuer = 1, .looks = 1}, room, clock, plan};
};

TEST_F(NamesTest, WhatIsReleasedIsWhatTheNextOneFinds) {
  names.put(due("a"));
  auto claim = names.claim("a");
  ASSERT_TRUE(claim);
  claim->row.failures = 7;
  EXPECT_EQ(names.find("a")->row.failures, 0) << "until then it is as it was";
  names.release(std::move(claim));
  EXPECT_EQ(names.find("a")->row.failures, 7);
  EXPECT_FALSE(names.claim("b"));
}

TEST_F(NamesTest, OneWorksOnANameAndOthersWait) {
  names.put(due("a"));
  auto claim = names.claim("a");
  EXPECT_FALSE(names.claim_next()) << "it is not its turn while somebody works on it";
  std::optional<int> found;
  std::thread other{[&] {
    auto theirs = names.claim("a");
    found = theirs->row.failures;
    names.release(std::move(theirs));
  }};
  claim->row.failures = 7;
  names.release(std::move(claim));
  other.join();
  EXPECT_EQ(found, 7);
}

TEST_F(NamesTest, EachHasItsTurnTheMostUrgentFirst) {
  names.put(due("later", hours{2}));
  names.put(due("sooner", hours{1}));
  EXPECT_EQ(names.last_round(), std::nullopt);
  auto first = names.claim_next();
  EXPECT_EQ(first->row.name, "sooner");
  EXPECT_FALSE(names.claim_next()) << "one at a time at this issuer";
  first->row.next_try = Time::max();
  names.release(std::move(first));
  auto second = names.claim_next();
  EXPECT_EQ(second->row.name, "later");
  second->row.next_try = clock.now() + hours{1};
  names.release(std::move(second));
  EXPECT_FALSE(names.claim_next());
  EXPECT_EQ(names.last_round(), clock.now());
  EXPECT_EQ(names.next(), clock.now() + hours{1});
}

TEST_F(NamesTest, RoomForAnOrderIsNotLostWhenAPersonClaimsTheNameBeforeItsTurn) {
  auto busy = due("busy", -hours{1});
  names.put(busy);
  auto state = due("a");
  state.row.step = Step::due;
  names.put(std::move(state));
  room.left = 1;
  const auto turn = names.claim_next();
  ASSERT_EQ(turn.state.row.name, "busy");
  ASSERT_EQ(room.left, 0) << "the order counts as placed";
  EXPECT_TRUE(names.claim("a")->attempt.admitted);
}

TEST_F(NamesTest, WhoeverWaitsForATurnHearsOfChanges) {
  int heard = 0;
  names.on_change([&] { ++heard; });
  auto claim = names.claim_new({.name = "a"});
  EXPECT_EQ(heard, 0);
  names.release(std::move(claim));
  EXPECT_EQ(heard, 1);
}

TEST_F(NamesTest, WhatIsGoneIsNoLongerThere) {
  names.put(due("a"));
  names.put(due("b"));
  auto claim = names.claim("a");
  claim.gone = true;
  names.release(std::move(claim));
  EXPECT_THAT(names.all(), ::testing::ElementsAre("b"));
  EXPECT_FALSE(names.find("a"));
  EXPECT_EQ(names.claim_next()->row.name, "b");
  EXPECT_FALSE(names.claim_next());
}

}  // namespace
}  // namespace carillon::certs
