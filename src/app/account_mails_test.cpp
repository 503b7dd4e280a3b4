#include "app/account_mails.hpp"

#include "incidents/testing/world.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace carillon::app {
namespace {

using namespace std::chrono_literals;
using notify::Outcome;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class AccountMailsOf : public ::testing::Test {
 protected:
  AccountMailsOf() { world_.mail.answer = {Outcome::later, "451 not now"}; }

  /// Lets `span` pass and does what is due in it.
  void live(Duration span) {
    const auto end = world_.clock.now() + span;
    while (true) {
      const auto next = mails_.work();
      if (next && *next <= world_.clock.now()) continue;
      if (!next || *next > end) break;
      world_.clock.advance(*next - world_.clock.now());
    }
    world_.clock.advance(end - world_.clock.now());
  }
  std::vector<incidents::Incident> open() { return world_.incidents->list(false).value(); }
  bool put(Duration worth = 1h, const std::string& to = "new@x.org") { return mails_.put(to, "You're invited", "A link", worth); }

  incidents::testing::World world_;
  carillon::testing::SeededRandom random_;
  AccountMails mails_{
      {.channels = {&world_.mail}, .database = *world_.database, .incidents = *world_.incidents, .clock = world_.clock, .random = random_}};
};

TEST_F(AccountMailsOf, AMailArrivesOnceTheServerIsThereAgain) {
  ASSERT_TRUE(put());
  live(1s);
  EXPECT_EQ(world_.mail.tried, 1);
  EXPECT_THAT(open(), IsEmpty()) << "a server that was away for a moment is worth nobody's time";
  world_.mail.answer = {Outcome::delivered, "250 taken"};
  live(1min);
  ASSERT_THAT(world_.mail.delivered, SizeIs(1));
  EXPECT_EQ(world_.mail.delivered[0].to, "new@x.org");
  EXPECT_EQ(mails_.waiting(), 0U);
}

TEST_F(AccountMailsOf, ThePausesGrowAndEndWithWhatTheMailIsWorth) {
  ASSERT_TRUE(put(1h));
  live(2h);
  EXPECT_GE(world_.mail.tried, 8);
  EXPECT_LE(world_.mail.tried, 20);
  EXPECT_EQ(mails_.waiting(), 0U);
}

TEST_F(AccountMailsOf, WhoeverRunsTheServerHearsOfItUntilItWorksAgain) {
  ASSERT_TRUE(put(1h));
  live(2h);
  ASSERT_THAT(open(), SizeIs(1));
  EXPECT_EQ(open()[0].report.kind, incidents::kChannelFailed);
  EXPECT_EQ(open()[0].report.subject, "smtp");
  EXPECT_THAT(open()[0].report.what, HasSubstr("451 not now"));
  world_.mail.answer = {Outcome::delivered, "250 taken"};
  ASSERT_TRUE(put());
  live(1s);
  EXPECT_THAT(open(), IsEmpty());
}

TEST_F(AccountMailsOf, AMailThatIsWorthLittleIsToldOfAllTheSame) {
  ASSERT_TRUE(put(3s));
  live(1min);
  EXPECT_EQ(world_.mail.tried, 1);
  EXPECT_THAT(open(), SizeIs(1));
}

TEST_F(AccountMailsOf, AChannelThatCannotWorkIsToldOfAtOnceAndTriedAgain) {
  world_.mail.answer = {Outcome::misconfigured, "535 login refused"};
  ASSERT_TRUE(put());
  live(1s);
  EXPECT_THAT(open(), SizeIs(1));
  EXPECT_EQ(mails_.waiting(), 1U);
}

TEST_F(AccountMailsOf, OneThatIsRefusedForGoodHoldsUpNobody) {
  world_.mail.answer = {Outcome::delivered, "250 taken"};
  world_.mail.answers["gone@x.org"] = {Outcome::refused, "550 nobody here"};
  ASSERT_TRUE(put(1h, "gone@x.org"));
  ASSERT_TRUE(put());
  live(1s);
  EXPECT_EQ(world_.mail.tried, 2);
  EXPECT_EQ(mails_.waiting(), 0U);
  EXPECT_THAT(open(), IsEmpty());
}

TEST_F(AccountMailsOf, TheLineIsBounded) {
  for (std::size_t i = 0; i < kMaxMailsWaiting; ++i) ASSERT_TRUE(put());
  EXPECT_FALSE(put());
}

TEST_F(AccountMailsOf, AClockThatWasAheadHoldsNoMailBack) {
  ASSERT_TRUE(put(24h));
  live(1s);
  world_.clock.advance(-24h * 30);
  world_.mail.answer = {Outcome::delivered, "250 taken"};
  live(kLongestMailPause);
  EXPECT_THAT(world_.mail.delivered, SizeIs(1));
}

}  // namespace
}  // namespace carillon::app
