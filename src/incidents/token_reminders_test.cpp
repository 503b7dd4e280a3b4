#include "incidents/token_reminders.hpp"

#include "accounts/schema.hpp"
#include "accounts/testing/world.hpp"
#include "incidents/schema.hpp"
#include "incidents/testing/world.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace carillon::incidents {
namespace {

using namespace std::chrono_literals;
using std::chrono::days;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class TokenReminders : public accounts::testing::AccountsWorld, public ::testing::Test {
 protected:
  TokenReminders() : AccountsWorld{{{10, "incidents", kSchema}}} {}

  std::string token(const std::string& name, Duration life) {
    return wait(accounts().tokens.create(ada_, ada_.id(), name, {}, clock().now() + life)).value().token.id;
  }
  /// Who was told, by day.
  std::vector<std::string> live(days span) {
    std::vector<std::string> heard;
    for (const auto end = clock().now() + span; clock().now() < end; clock().advance(1h)) {
      remind_of_tokens(database(), *incidents_, clock());
      incidents_->work();
      for (const auto& message : mail_.delivered)
        heard.push_back(message.to + " +" + std::to_string(std::chrono::floor<days>(clock().now() - begin_).count()));
      if (!mail_.delivered.empty()) last_ = mail_.delivered.back().text;
      mail_.delivered.clear();
    }
    return heard;
  }

  const Time begin_ = clock().now();
  accounts::Caller ada_ = member("ada@x.org", "default", accounts::Role::owner);
  testing::FakeChannel mail_{"mail"};
  testing::FakePeople people_;
  carillon::testing::SeededRandom random_;
  std::unique_ptr<Incidents> incidents_ = make_incidents(
      database(), clock(), random_, people_,
      {.channels = {&mail_}, .channels_of = {}, .machine = {}, .changed = {}, .origin = "https://x.org", .link_key = testing::kLinkKey});
  std::string last_;
};

TEST_F(TokenReminders, WhoeverMadeATokenIsToldBeforeItEnds) {
  token("deploy", days{90});
  EXPECT_THAT(live(days{59}), IsEmpty());
  EXPECT_THAT(live(days{2}), ElementsAre("ada@x.org +60"));
  EXPECT_THAT(last_, HasSubstr("ada@x.org's token “deploy” expires on"));
  EXPECT_THAT(last_, HasSubstr("carillon token create --user ada@x.org"));
}

TEST_F(TokenReminders, ARemovedOneIsNoLongerTalkedOf) {
  const auto id = token("deploy", days{90});
  live(days{61});
  ASSERT_TRUE(wait(accounts().tokens.remove(ada_, id)));
  const auto heard = live(days{30});
  ASSERT_EQ(heard.size(), 1U) << "that it is over";
  EXPECT_THAT(last_, HasSubstr("was revoked or has expired"));
}

TEST_F(TokenReminders, NobodyIsToldOfOneForADayOrWithoutAnEnd) {
  token("for one task", days{1});
  wait(accounts().tokens.create(ada_, ada_.id(), "for ever", {}, {})).value();
  EXPECT_THAT(live(days{3}), IsEmpty());
}

}  // namespace
}  // namespace carillon::incidents
