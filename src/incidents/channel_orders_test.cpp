#include "incidents/channel_orders.hpp"

#include "incidents/testing/world.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace carillon::incidents {
namespace {

using std::chrono::hours;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class AChoice : public ::testing::Test {
 protected:
  Result<> choose(const std::string& person, const std::vector<std::string>& names) {
    return world.database->write_now([&](db::Session& session) { return world.orders->choose(session, person, names); });
  }
  ChannelOrders::Order order(const std::string& person) {
    return world.database->read_now([&](db::Session& session) -> Result<ChannelOrders::Order> { return world.orders->of(session, person); })
        .value();
  }
  std::vector<std::string> through_mail() { return testing::World::heard(world.mail, begin); }
  std::vector<std::string> through_hook() { return testing::World::heard(world.hook, begin); }

  testing::World world;
  Time begin = world.clock.now();
};

TEST_F(AChoice, IsMadeOfTheConfiguredChannels) {
  EXPECT_THAT(order("steward@x.org").names, ElementsAre("smtp", "webhook"));
  EXPECT_FALSE(order("steward@x.org").chosen);
  ASSERT_TRUE(choose("Steward@x.org", {"webhook", "smtp"}));
  EXPECT_THAT(order("steward@X.org").names, ElementsAre("webhook", "smtp"));
  EXPECT_TRUE(order("steward@x.org").chosen);
  EXPECT_THAT(order("deputy@x.org").names, ElementsAre("smtp", "webhook")) << "it is one person's";
  const auto unknown = choose("steward@x.org", {"smtp", "pager"});
  EXPECT_EQ(unknown.error().kind, ErrorKind::invalid);
  EXPECT_EQ(unknown.error().field, "order");
  EXPECT_THAT(unknown.error().message, HasSubstr("“pager”"));
  EXPECT_THAT(unknown.error().message, HasSubstr("smtp and webhook"));
  EXPECT_EQ(choose("steward@x.org", {"smtp", "smtp"}).error().field, "order");
  EXPECT_THAT(order("steward@x.org").names, ElementsAre("webhook", "smtp")) << "what is refused changes nothing";
  ASSERT_TRUE(choose("steward@x.org", {}));
  EXPECT_FALSE(order("steward@x.org").chosen);
}

TEST_F(AChoice, DecidesThroughWhatAPersonIsToldFirst) {
  ASSERT_TRUE(choose("steward@x.org", {"webhook", "smtp"}));
  world.report(testing::World::example());
  world.live(hours{4});
  EXPECT_THAT(through_hook(), ElementsAre("steward +0", "steward +240"));
  EXPECT_THAT(through_mail(), ElementsAre("deputy +240")) << "who chose nothing is told as configured";
}

TEST_F(AChoice, LeavesOutAChannelButStillHasTheNextWhereItsFirstRefuses) {
  ASSERT_TRUE(choose("steward@x.org", {"webhook"}));
  world.report(testing::World::example());
  world.live(hours{1});
  EXPECT_THAT(through_hook(), ElementsAre("steward +0"));
  EXPECT_THAT(through_mail(), IsEmpty());
  ASSERT_TRUE(choose("steward@x.org", {"webhook", "smtp"}));
  world.hook.answer = {notify::Outcome::refused, "no"};
  world.live(hours{3});
  EXPECT_THAT(through_mail(), ElementsAre("steward +240", "deputy +240"));
}

TEST_F(AChoice, HoldsAfterARestartAndLeavesNobodyWithoutAChannel) {
  ASSERT_TRUE(choose("steward@x.org", {"webhook"}));
  world.open();
  EXPECT_THAT(order("steward@x.org").names, ElementsAre("webhook"));
  // The webhook is configured no longer.
  ChannelOrders later{*world.database, {&world.mail}};
  EXPECT_THAT(later.channels_of("steward@x.org"), IsEmpty()) << "as configured";
  const auto now =
      world.database->read_now([&](db::Session& session) -> Result<ChannelOrders::Order> { return later.of(session, "steward@x.org"); })
          .value();
  EXPECT_THAT(now.names, ElementsAre("smtp"));
  EXPECT_FALSE(now.chosen);
}

TEST_F(AChoice, IsPassedOverToTellThatItsOnlyChannelIsBroken) {
  ASSERT_TRUE(choose("machine@x.org", {"webhook"}));
  world.report({.kind = std::string(kChannelFailed),
                .subject = "webhook",
                .in_charge = {"machine@x.org", "", ""},
                .what = "Messages through the channel “webhook” do not get through.",
                .consequence = "Nobody is told.",
                .remedy = "carillon doctor",
                .noticed_at = {}});
  world.live(hours{1});
  EXPECT_THAT(through_mail(), ElementsAre("machine +0"));
  EXPECT_THAT(through_hook(), IsEmpty());
}

}  // namespace
}  // namespace carillon::incidents
