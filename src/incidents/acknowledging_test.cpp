// Links: who they are good for, and what a visit and a press of the button do.

#include "incidents/acknowledging.hpp"

#include "base/id.hpp"
#include "incidents/testing/world.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace carillon::incidents {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::World;

class AcknowledgeLink : public ::testing::Test {
 protected:
  /// The token at the end of a link of the newest message to `person`; "" names the one for all, else that subject's.
  std::string token(const std::string& person, const std::string& subject = {}) {
    const notify::Message* newest = nullptr;
    for (const auto& message : world_.mail.delivered) {
      if (message.to == person) newest = &message;
    }
    const auto facts = boost::json::parse(newest->json).as_object();
    std::string link{facts.at("acknowledge_all").as_string()};
    for (const auto& incident : facts.at("incidents").as_array()) {
      if (!subject.empty() && incident.at("subject").as_string() == subject) link = std::string(incident.at("acknowledge").as_string());
    }
    EXPECT_TRUE(link.starts_with("https://pod.x.org/acknowledge/")) << link;
    return link.substr(link.rfind('/') + 1);
  }
  State state(const std::string& id) { return world_.incidents->find(id)->state; }

  World world_;
};

TEST_F(AcknowledgeLink, AVisitChangesNothing) {
  const auto id = world_.report(World::example());
  world_.incidents->work();
  for (int i = 0; i < 3; ++i) {
    const auto page = world_.acknowledging->acknowledge_page(token("steward@x.org"));
    EXPECT_EQ(page.status, 200);
    EXPECT_THAT(page.html, HasSubstr("could not be renewed"));
    EXPECT_THAT(page.html, HasSubstr("<form method=\"post\">"));
    EXPECT_THAT(page.html, HasSubstr("steward@x.org"));
  }
  EXPECT_EQ(state(id), State::open);
  world_.live(4h);
  EXPECT_THAT(World::heard(world_.mail, world_.clock.now() - 4h), ElementsAre("steward +0", "steward +240", "deputy +240"));
}

TEST_F(AcknowledgeLink, TheButtonSaysMineForThePersonWhoGotTheMessage) {
  const auto id = world_.report(World::example());
  world_.live(4h);
  const auto page = world_.acknowledging->acknowledge(token("deputy@x.org"), "for=24h");
  EXPECT_EQ(page.status, 200);
  EXPECT_THAT(page.html, HasSubstr("Thank you"));
  EXPECT_THAT(page.html, HasSubstr("carillon cert renew www.x.org"));
  const auto incident = world_.incidents->find(id).value();
  EXPECT_EQ(incident.state, State::acknowledged);
  EXPECT_EQ(incident.owner, "deputy@x.org");
  EXPECT_EQ(incident.acknowledged_until, world_.clock.now() + 24h);
  EXPECT_THAT(world_.acknowledging->acknowledge_page(token("steward@x.org")).html, HasSubstr("deputy@x.org is handling it until"));
}

TEST_F(AcknowledgeLink, OneOfManyOrAllOfThem) {
  std::vector<std::string> ids;
  for (const auto* name : {"a.x.org", "b.x.org", "c.x.org"}) ids.push_back(world_.report(World::example(name)));
  world_.incidents->work();
  ASSERT_EQ(world_.acknowledging->acknowledge(token("steward@x.org", "b.x.org"), "").status, 200);
  EXPECT_EQ(state(ids[0]), State::open);
  EXPECT_EQ(state(ids[1]), State::acknowledged);
  EXPECT_EQ(state(ids[2]), State::open);
  world_.solve("renewal-failed", "c.x.org");
  ASSERT_EQ(world_.acknowledging->acknowledge(token("steward@x.org"), "").status, 200);
  EXPECT_EQ(state(ids[0]), State::acknowledged);
  EXPECT_EQ(state(ids[2]), State::solved);
}

TEST_F(AcknowledgeLink, EndsWithTheSolution) {
  world_.report(World::example());
  world_.incidents->work();
  const auto link = token("steward@x.org");
  world_.solve("renewal-failed", "www.x.org");
  EXPECT_EQ(world_.acknowledging->acknowledge_page(link).status, 410);
  EXPECT_EQ(world_.acknowledging->acknowledge(link, "").status, 410);
  EXPECT_TRUE(world_.acknowledging->verify_link(link)->incidents.empty());
  // The same trouble again is another incident: the old link says nothing about it.
  const auto again = world_.report(World::example());
  EXPECT_EQ(world_.acknowledging->acknowledge(link, "").status, 410);
  EXPECT_EQ(state(again), State::open);
}

TEST_F(AcknowledgeLink, OfSomebodyElseOrChangedOrCutOffLeadsNowhere) {
  const auto id = world_.report(World::example());
  world_.report(World::example("other.x.org"));
  auto stranger = World::example("stranger.x.org");
  stranger.in_charge = {"stranger@x.org", "", ""};
  const auto theirs = world_.report(stranger);
  world_.incidents->work();
  const auto good = token("steward@x.org", "www.x.org");
  ASSERT_EQ(world_.acknowledging->verify_link(good)->incidents.at(0).id, id);
  EXPECT_EQ(world_.acknowledging->verify_link(good)->person, "steward@x.org");

  const auto refused = [&](const std::string& wrong) {
    EXPECT_EQ(world_.acknowledging->verify_link(wrong).error().kind, ErrorKind::refused) << wrong;
    EXPECT_EQ(world_.acknowledging->acknowledge_page(wrong).status, 404) << wrong;
    EXPECT_EQ(world_.acknowledging->acknowledge(wrong, "").status, 404) << wrong;
  };
  for (std::size_t i = 0; i < good.size(); ++i) {
    refused(good.substr(0, i));
    refused(good.substr(i + 1));
    auto changed = good;
    changed[i] = changed[i] == '0' ? '1' : '0';
    refused(changed);
  }
  refused(good + "0");
  refused(good + "\n");
  // The line of one link, the message of another, the signature of a third.
  const auto other = token("steward@x.org", "other.x.org"), foreign = token("stranger@x.org", "stranger.x.org");
  refused(other.substr(0, 28) + good.substr(28));
  refused(foreign.substr(0, 26) + good.substr(26));
  refused(good.substr(0, good.size() - 22) + foreign.substr(foreign.size() - 22));
  refused(token_of({good.substr(0, 26), 1}, "another key, of another server"));
  for (const auto& incident : world_.incidents->list(true).value()) EXPECT_EQ(incident.state, State::open);
  EXPECT_EQ(state(theirs), State::open);
}

TEST_F(AcknowledgeLink, OfAMessageThatIsGoneIsTooOld) {
  const auto token = token_of({new_id(world_.clock, world_.random), 1}, testing::kLinkKey);
  EXPECT_EQ(world_.acknowledging->verify_link(token).error().kind, ErrorKind::not_found);
  EXPECT_EQ(world_.acknowledging->acknowledge_page(token).status, 404);
}

TEST_F(AcknowledgeLink, ALengthThatIsNoneChangesNothing) {
  const auto id = world_.report(World::example());
  world_.incidents->work();
  for (const auto* form : {"for=", "for=8", "for=-1h", "for=0h", "for=8y", "for=999999999999999999999d", "for=15d", "for=h"})
    EXPECT_EQ(world_.acknowledging->acknowledge(token("steward@x.org"), form).status, 400) << form;
  EXPECT_EQ(world_.acknowledging->acknowledge(token("steward@x.org"), std::string(100'000, 'x')).status, 400);
  EXPECT_EQ(state(id), State::open);
}

TEST_F(AcknowledgeLink, WhatAPageShowsIsTextAndNeverMarkup) {
  auto report = World::example("<script>alert(1)</script>");
  report.in_charge = {"\"><script>@x.org", "", ""};
  world_.report(report);
  world_.incidents->work();
  const auto link = token("\"><script>@x.org");
  EXPECT_THAT(world_.acknowledging->acknowledge_page(link).html, Not(HasSubstr("<script>")));
  EXPECT_THAT(world_.acknowledging->acknowledge(link, "").html, Not(HasSubstr("<script>")));
  EXPECT_THAT(world_.mail.delivered.at(0).html, Not(HasSubstr("<script>")));
}

TEST_F(AcknowledgeLink, EndsWithItsPerson) {
  const auto id = world_.report(World::example());
  world_.incidents->work();
  const auto link = token("steward@x.org");
  ASSERT_EQ(world_.acknowledging->acknowledge_page(link).status, 200);
  world_.clock.advance(1min);
  world_.people.left_["steward@x.org"] = world_.clock.now();
  EXPECT_EQ(world_.acknowledging->verify_link(link).error().kind, ErrorKind::refused);
  for (const auto& page : {world_.acknowledging->acknowledge_page(link), world_.acknowledging->acknowledge(link, "")}) {
    EXPECT_EQ(page.status, 404);
    EXPECT_THAT(page.html, HasSubstr("no longer has access to this server"));
  }
  EXPECT_EQ(state(id), State::open);
  EXPECT_TRUE(world_.acknowledgements.empty());
}

TEST_F(AcknowledgeLink, LeavesALineForEachIncident) {
  const auto one = world_.report(World::example("a.x.org")), two = world_.report(World::example("b.x.org"));
  world_.incidents->work();
  ASSERT_EQ(world_.acknowledging->acknowledge(token("steward@x.org"), "", "192.0.2.0/24").status, 200);
  EXPECT_THAT(world_.acknowledgements,
              ::testing::UnorderedElementsAre(one + " steward@x.org 192.0.2.0/24", two + " steward@x.org 192.0.2.0/24"));
}

TEST_F(AcknowledgeLink, WhatSomebodyTookCareOfWhoWasPutOutIsOpenAgain) {
  const auto theirs = world_.report(World::example()), others = world_.report(World::example("other.x.org"));
  world_.incidents->work();
  ASSERT_TRUE(world_.incidents->acknowledge(theirs, "Steward@x.org", 8h));
  ASSERT_TRUE(world_.incidents->acknowledge(others, "deputy@x.org", 8h));
  world_.clock.advance(1h);
  world_.incidents->work();
  ASSERT_EQ(state(theirs), State::acknowledged);
  world_.people.left_["steward@x.org"] = world_.clock.now();
  world_.incidents->work();
  EXPECT_EQ(state(theirs), State::open);
  EXPECT_EQ(state(others), State::acknowledged);
  world_.live(4h);
  EXPECT_THAT(World::heard(world_.mail, world_.clock.now() - 4h), ::testing::Contains("deputy +240"));
}

TEST(Quiet, IsWrittenAsPeopleWriteIt) {
  EXPECT_EQ(parse_quiet("30m").value(), 30min);
  EXPECT_EQ(parse_quiet("8h").value(), 8h);
  EXPECT_EQ(parse_quiet("3d").value(), 72h);
  EXPECT_EQ(parse_quiet("336h").value(), kLongestQuiet);
  EXPECT_FALSE(parse_quiet("337h"));
  EXPECT_EQ(quiet_from_form("x=1&for=1h").value(), 1h);
  EXPECT_EQ(quiet_from_form("").value(), kQuietUnlessSaid);
}

/// A pager, which escalates by itself unless it hears of an acknowledgment.
class APager : public ::testing::Test {
 protected:
  APager() { world.mail.follows = true; }
  std::vector<std::string> types() {
    std::vector<std::string> all;
    for (const auto& message : world.mail.delivered) all.emplace_back(boost::json::parse(message.json).at("type").as_string());
    return all;
  }
  testing::World world;
};

TEST_F(APager, HearsOfEachAcknowledgmentOnce) {
  const auto id = world.report(testing::World::example());
  world.incidents->work();
  ASSERT_TRUE(world.incidents->acknowledge(id, "ada@x.org", std::chrono::hours{1}));
  world.incidents->work();
  world.incidents->work();
  EXPECT_THAT(types(), ::testing::ElementsAre("alarm", "acknowledged"));
  EXPECT_EQ(std::string(boost::json::parse(world.mail.delivered.back().json).at("incidents").at(0).at("id").as_string()), id);
  world.clock.advance(std::chrono::minutes{1});
  ASSERT_TRUE(world.incidents->acknowledge(id, "ada@x.org", std::chrono::hours{2}));
  world.incidents->work();
  EXPECT_THAT(types(), ::testing::ElementsAre("alarm", "acknowledged", "acknowledged"));
}

TEST_F(APager, HearsOfItLaterIfItIsDown) {
  const auto id = world.report(testing::World::example());
  world.incidents->work();
  world.mail.answer = {notify::Outcome::later, "503", std::chrono::minutes{5}};
  ASSERT_TRUE(world.incidents->acknowledge(id, "ada@x.org", std::chrono::hours{1}));
  world.incidents->work();
  const int tried = world.mail.tried;
  world.clock.advance(std::chrono::minutes{4});
  world.incidents->work();
  EXPECT_EQ(world.mail.tried, tried) << "it asked for five minutes";
  world.mail.answer = {notify::Outcome::delivered, "202"};
  world.clock.advance(std::chrono::minutes{1});
  world.incidents->work();
  EXPECT_THAT(types(), ::testing::ElementsAre("alarm", "acknowledged"));
}

TEST_F(APager, HearsOfTheEndOfAnAlarmWhoseAnswerWasLost) {
  world.mail.answer = {notify::Outcome::later, "502"};
  const auto id = world.report(testing::World::example());
  world.incidents->work();
  world.mail.answer = {notify::Outcome::delivered, "202"};
  world.solve("renewal-failed", "www.x.org");
  world.incidents->work();
  EXPECT_THAT(types(), ::testing::ElementsAre("closing")) << "it may have the alarm, and would show it forever";
}

TEST_F(APager, HearsNothingOfIncidentsThatItNeverHadOrThatAreSolved) {
  const auto told = world.report(testing::World::example());
  world.incidents->work();
  const auto untold = world.report(testing::World::example("other.x.org"));
  ASSERT_TRUE(world.incidents->acknowledge(untold, "ada@x.org", std::chrono::hours{1}));
  ASSERT_TRUE(world.incidents->acknowledge(told, "ada@x.org", std::chrono::hours{1}));
  world.solve("renewal-failed", "www.x.org");
  world.incidents->work();
  EXPECT_THAT(types(), ::testing::ElementsAre("alarm", "closing"));
  world.mail.follows = false;
  ASSERT_TRUE(world.incidents->acknowledge(world.report(testing::World::example("third.x.org")), "ada@x.org", std::chrono::hours{1}));
  world.incidents->work();
  EXPECT_THAT(types(), ::testing::ElementsAre("alarm", "closing"));
}

}  // namespace
}  // namespace carillon::incidents
