// Who is told what and when, over days, restarts and broken channels. Times are minutes from the beginning.

#include "incidents/testing/world.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace carillon::incidents {
namespace {

using namespace std::chrono_literals;
using notify::Outcome;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::Kill;
using ::testing::StartsWith;
using ::testing::UnorderedElementsAre;
using testing::World;

class Incidents : public ::testing::Test {
 protected:
  std::vector<std::string> mails() const { return World::heard(world_.mail, begin_); }
  std::vector<std::string> hooks() const { return World::heard(world_.hook, begin_); }

  World world_;
  const Time begin_ = world_.clock.now();
};

TEST_F(Incidents, FollowThePlanForDays) {
  world_.report(World::example());
  world_.live(49h);
  EXPECT_THAT(mails(), ElementsAre("steward +0",                                                //
                                   "steward +240", "deputy +240",                               //
                                   "steward +720", "deputy +720", "op +720",                    //
                                   "steward +1440", "deputy +1440", "op +1440", "owner +1440",  //
                                   "steward +2880", "deputy +2880", "op +2880", "owner +2880"));
  EXPECT_THAT(hooks(), IsEmpty()) << "one channel is enough";
}

TEST_F(Incidents, TellOfEachChangeOnceItIsCommitted) {
  const auto id = world_.report(World::example());
  EXPECT_THAT(world_.reported, ElementsAre(id));
  (void)world_.database->write_now([&](db::Session& session) -> Result<> {
    (void)world_.incidents->report(session, World::example("never.x.org"));
    EXPECT_THAT(world_.reported, ElementsAre(id)) << "nothing is told of what is not committed";
    return fail(ErrorKind::refused, "no");
  });
  ASSERT_TRUE(world_.incidents->acknowledge(id, "ada", 1h));
  EXPECT_THAT(world_.reported, ElementsAre(id, id));
  world_.live(2h);
  EXPECT_THAT(world_.reported, ElementsAre(id, id, id)) << "the quiet is over";
  world_.solve("renewal-failed", World::example().subject);
  EXPECT_THAT(world_.reported, ElementsAre(id, id, id, id));
}

TEST_F(Incidents, HurryWhenOutsidersNoticeSoon) {
  auto urgent = World::example();
  urgent.noticed_at = begin_ + 12h;
  world_.report(urgent);
  world_.live(9h);
  EXPECT_THAT(mails(), ElementsAre("steward +0", "steward +15", "deputy +15", "steward +60", "deputy +60", "op +60", "steward +180",
                                   "deputy +180", "op +180", "owner +180", "steward +540", "deputy +540", "op +540", "owner +540"));
  EXPECT_TRUE(world_.mail.delivered.front().urgent);
  EXPECT_THAT(world_.mail.delivered.front().subject, StartsWith("Urgent: "));
}

TEST_F(Incidents, HurryFromTheMomentTheDateComesNearer) {
  const auto id = world_.report(World::example());
  world_.live(1h);
  auto nearer = World::example();
  nearer.noticed_at = begin_ + 20h;
  EXPECT_EQ(world_.report(nearer), id) << "the same incident";
  world_.live(2h);
  EXPECT_THAT(mails(),
              ElementsAre("steward +0", "steward +60", "deputy +60", "op +60", "steward +180", "deputy +180", "op +180", "owner +180"))
      << "the steps that would have been by now are one message";
}

TEST_F(Incidents, SendNothingMoreOnceAnotherNodeHasTheTurn) {
  auto other = World::example();
  other.in_charge.steward = "other@x.org";
  other.subject = "two.x.org";
  world_.report(World::example());
  world_.report(other);
  world_.mail.after = [this](const notify::Message&) { world_.may_send = false; };  // this machine stood still meanwhile
  world_.incidents->work();
  EXPECT_EQ(world_.mail.delivered.size(), 1U);
  world_.mail.after = {};
  world_.may_send = true;
  world_.incidents->work();
  EXPECT_EQ(world_.mail.delivered.size(), 2U);
}

TEST_F(Incidents, TellOnceWhatWasMissedWhileTheServerWasDown) {
  world_.report(World::example());
  world_.incidents->work();
  world_.clock.advance(13h);
  world_.open();
  world_.live(12h);
  EXPECT_THAT(mails(), ElementsAre("steward +0", "steward +780", "deputy +780", "op +780", "steward +1440", "deputy +1440", "op +1440",
                                   "owner +1440"));
}

TEST_F(Incidents, AreQuietOnceAcknowledgedAndBeginAnewWhenTheQuietEnds) {
  const auto id = world_.report(World::example());
  world_.live(5h);
  ASSERT_TRUE(world_.incidents->acknowledge(id, "deputy@x.org", 8h));
  EXPECT_EQ(world_.only().state, State::acknowledged);
  EXPECT_EQ(world_.only().owner, "deputy@x.org");
  EXPECT_EQ(world_.only().acknowledged_until, begin_ + 13h);
  world_.report(World::example());  // it still fails: that is no reason to break the quiet
  world_.live(12h + 1min);
  EXPECT_THAT(mails(), ElementsAre("steward +0", "steward +240", "deputy +240", "steward +780", "steward +1020", "deputy +1020"));
  EXPECT_EQ(world_.only().state, State::open);
  EXPECT_THAT(world_.mail.delivered[3].text, HasSubstr("deputy@x.org acknowledged this before, but it"));
}

TEST_F(Incidents, TakeOneStepUpTheChainWithEachReminderAndNoneInBetween) {
  auto reminder = World::example();
  reminder.reminder = true;
  reminder.noticed_at = begin_ + 24h * 60;
  const auto id = world_.report(reminder);
  world_.live(48h);
  EXPECT_THAT(mails(), ElementsAre("steward +0"));
  world_.report(reminder);
  world_.live(48h);
  EXPECT_THAT(mails(), ElementsAre("steward +0", "steward +2880", "deputy +2880"));
  ASSERT_TRUE(world_.incidents->acknowledge(id, "deputy@x.org", 8h));
  world_.live(24h);
  EXPECT_EQ(world_.only().state, State::open) << "the quiet is over, and its end is no reminder";
  EXPECT_EQ(mails().size(), 3U);
  world_.report(reminder);
  world_.live(1h);
  EXPECT_EQ(mails().size(), 4U) << "from the beginning: the steward alone";
  // On the last day it becomes an incident like any other.
  reminder.reminder = false;
  reminder.noticed_at = world_.clock.now() + 20h;
  world_.report(reminder);
  world_.live(8h);
  EXPECT_GT(mails().size(), 8U);
}

TEST_F(Incidents, CanBeAcknowledgedAgainAndNotForEver) {
  const auto id = world_.report(World::example());
  ASSERT_TRUE(world_.incidents->acknowledge(id, "a@x.org", 1h));
  ASSERT_TRUE(world_.incidents->acknowledge(id, "b@x.org", 4h));
  world_.live(4h - 1us);
  EXPECT_THAT(mails(), IsEmpty());
  EXPECT_EQ(world_.incidents->acknowledge(id, "a@x.org", 0h).error().kind, ErrorKind::invalid);
  EXPECT_EQ(world_.incidents->acknowledge(id, "a@x.org", kLongestQuiet + 1us).error().kind, ErrorKind::invalid);
  EXPECT_EQ(world_.incidents->acknowledge("nothing", "a@x.org", 1h).error().kind, ErrorKind::not_found);
  world_.solve("renewal-failed", "www.x.org");
  EXPECT_EQ(world_.incidents->acknowledge(id, "a@x.org", 1h).error().kind, ErrorKind::conflict);
}

TEST_F(Incidents, EndWithOneMessageToAllWhoWereToldAndNobodyElse) {
  world_.report(World::example());
  world_.live(5h);
  world_.mail.delivered.clear();
  world_.solve("renewal-failed", "www.x.org", "It was renewed at the second attempt.");
  world_.live(72h);
  EXPECT_THAT(mails(), UnorderedElementsAre("solved steward +300", "solved deputy +300"));
  EXPECT_THAT(world_.mail.delivered[0].text, HasSubstr("It was renewed at the second attempt."));
  EXPECT_EQ(world_.only().state, State::solved);
  EXPECT_EQ(world_.only().solved_at, begin_ + 5h);
  EXPECT_TRUE(world_.incidents->list(false)->empty());
  world_.solve("renewal-failed", "www.x.org");
  EXPECT_FALSE(world_.incidents->work()) << "nothing waits";
}

TEST_F(Incidents, ThatEndBeforeAnybodyWasToldEndInSilence) {
  world_.report(World::example());
  world_.solve("renewal-failed", "www.x.org");
  EXPECT_FALSE(world_.incidents->work());
  EXPECT_THAT(mails(), IsEmpty());
}

TEST_F(Incidents, AreNewOnesAfterASolution) {
  const auto first = world_.report(World::example());
  world_.live(1h);
  world_.solve("renewal-failed", "www.x.org");
  const auto second = world_.report(World::example());
  EXPECT_NE(first, second);
  world_.live(1h);
  EXPECT_THAT(mails(), UnorderedElementsAre("steward +0", "solved steward +60", "steward +60"));
}

TEST_F(Incidents, StayTogetherInAMailProgram) {
  world_.report(World::example());
  world_.live(5h);
  world_.solve("renewal-failed", "www.x.org");
  world_.live(1h);
  std::map<std::string, std::vector<notify::Message>> of;
  for (const auto& message : world_.mail.delivered) of[message.to].push_back(message);
  const auto& steward = of["steward@x.org"];
  ASSERT_EQ(steward.size(), 3U);
  EXPECT_EQ(steward[0].in_reply_to, "");
  EXPECT_EQ(steward[1].in_reply_to, steward[0].id);
  EXPECT_EQ(steward[2].in_reply_to, steward[0].id);
  EXPECT_EQ(of["deputy@x.org"][0].in_reply_to, "") << "he has not got the first one";
}

TEST_F(Incidents, OfOneMomentAreOneMessage) {
  world_.report_many(500);
  world_.live(5h);
  ASSERT_THAT(mails(), ElementsAre("steward +0", "steward +240", "deputy +240"));
  const auto& digest = world_.mail.delivered[0];
  EXPECT_THAT(digest.subject, StartsWith("500 incidents: name0.x.org, name1.x.org and 498 more"));
  const auto facts = boost::json::parse(digest.json).as_object();
  ASSERT_EQ(facts.at("incidents").as_array().size(), 500U);
  std::set<std::string> links;
  for (const auto& incident : facts.at("incidents").as_array()) {
    const std::string link{incident.at("acknowledge").as_string()};
    links.insert(link);
    EXPECT_THAT(digest.text, HasSubstr(link));
    EXPECT_THAT(digest.html, HasSubstr(link));
    EXPECT_THAT(digest.text, HasSubstr("carillon cert renew " + std::string(incident.at("subject").as_string())));
  }
  EXPECT_EQ(links.size(), 500U);
  EXPECT_EQ(world_.incidents->list(false)->size(), 500U);

  world_.solve_many(500);
  world_.mail.delivered.clear();
  world_.live(1h);
  EXPECT_THAT(mails(), UnorderedElementsAre("solved steward +300", "solved deputy +300"));
}

TEST_F(Incidents, OfDifferentPeopleDoNotMix) {
  auto other = World::example("other.x.org");
  other.in_charge = {"someone@x.org", "", ""};
  world_.report(World::example());
  world_.report(other);
  world_.incidents->work();
  ASSERT_EQ(world_.mail.delivered.size(), 2U);
  for (const auto& message : world_.mail.delivered) {
    const bool is_other = message.to == "someone@x.org";
    EXPECT_EQ(message.text.contains("other.x.org"), is_other);
    EXPECT_EQ(message.text.contains("www.x.org"), !is_other);
  }
}

TEST_F(Incidents, WhatIsDeferredIsTriedAgainLaterAndLater) {
  world_.hook.answer = {Outcome::later, "503"};
  world_.mail.answers["steward@x.org"] = {Outcome::later, "451 try later"};
  std::vector<int> tried;
  world_.mail.before = [&](const notify::Message&) { tried.push_back(static_cast<int>((world_.clock.now() - begin_) / 1min)); };
  auto report = World::example();
  report.in_charge = {"steward@x.org", "", ""};
  report.kind = "channel-failed", report.subject = "webhook";  // told by mail alone
  world_.people.operators_.clear();
  world_.report(report);
  world_.live(3h);
  EXPECT_THAT(tried, ElementsAre(0, 1, 6, 21, 81, 141));
  EXPECT_THAT(mails(), IsEmpty());
}

TEST_F(Incidents, WhatIsDeferredArrivesOnceUnderTheSameId) {
  std::vector<std::string> ids;
  world_.mail.before = [&](const notify::Message& message) { ids.push_back(message.id); };
  world_.mail.answer = {Outcome::later, "451 try later"};
  const auto id = world_.report(World::example());
  world_.live(1min);
  world_.mail.answer = {Outcome::delivered, "250"};
  world_.live(3h);
  ASSERT_EQ(ids.size(), 3U);
  EXPECT_EQ(std::set<std::string>(ids.begin(), ids.end()).size(), 1U);
  EXPECT_EQ(world_.mail.delivered.size(), 1U);
  std::vector<std::string> results;
  for (const auto& message : world_.incidents->find(id)->messages)
    results.push_back(message.to + " " + message.channel + " " + message.result);
  EXPECT_THAT(results, ElementsAre("steward@x.org smtp retrying: 451 try later", "steward@x.org smtp retrying: 451 try later",
                                   "steward@x.org smtp delivered"));
}

TEST_F(Incidents, ALaterStepSaysItInsteadOfTheOneThatStillWaits) {
  world_.mail.answer = world_.hook.answer = {Outcome::later, "down"};
  world_.report(World::example());
  world_.live(12h);
  world_.mail.answer = {Outcome::delivered, "250"};
  world_.live(1h);
  EXPECT_THAT(mails(), ::testing::Contains(StartsWith("steward ")).Times(1)) << "not one for each step of the outage";
}

TEST_F(Incidents, WhatIsRefusedGoesToTheNextChannelAtOnce) {
  world_.mail.answers["steward@x.org"] = {Outcome::refused, "550 nobody here"};
  const auto id = world_.report(World::example());
  world_.incidents->work();
  EXPECT_THAT(hooks(), ElementsAre("steward +0"));
  const auto messages = world_.incidents->find(id)->messages;
  ASSERT_EQ(messages.size(), 2U);
  EXPECT_EQ(messages[0].result, "refused: 550 nobody here");
  EXPECT_EQ(messages[1].channel, "webhook");
  EXPECT_EQ(messages[1].result, "delivered");
  EXPECT_EQ(world_.incidents->list(true)->size(), 1U) << "a refusal is no failure of the channel";
}

TEST_F(Incidents, ALongPauseOfOneChannelPassesTheMessageOnAtOnce) {
  world_.mail.answer = {Outcome::later, "429", 1h};
  world_.report(World::example());
  world_.live(1min);
  EXPECT_EQ(world_.hook.delivered.size(), 1U);
}

TEST_F(Incidents, WhatIsUrgentDoesNotWaitForAChannelThatDefersIt) {
  world_.mail.answer = {Outcome::later, "451 try later"};
  auto urgent = World::example();
  urgent.noticed_at = world_.clock.now() + 6h;
  world_.report(urgent);
  world_.live(10s);
  EXPECT_EQ(world_.hook.delivered.size(), 1U);
}

TEST_F(Incidents, NoStrangerBeginsALineOfItsOwn) {
  auto report = World::example();
  report.what = "www.x.org serves a certificate of \xFF“x\n\nAcknowledge: https://evil.example/”.";
  const auto id = world_.report(report);
  EXPECT_EQ(world_.incidents->find(id)->report.what,
            "www.x.org serves a certificate of \xEF\xBF\xBD“x  Acknowledge: https://evil.example/”.");
}

TEST_F(Incidents, AChannelThatRefusedIsNotAskedAgainAboutTheSameMessage) {
  world_.mail.answer = {Outcome::refused, "550 nobody here"};
  world_.hook.answer = {Outcome::later, "503"};
  world_.report(World::example());
  world_.live(1min);
  EXPECT_EQ(world_.mail.tried, 1);
  EXPECT_EQ(world_.hook.tried, 2);
}

TEST_F(Incidents, WhomEveryChannelRefusesIsAnIncidentForOthers) {
  world_.mail.answers["steward@x.org"] = world_.hook.answers["steward@x.org"] = {Outcome::refused, "550 nobody here"};
  world_.report(World::example());
  world_.incidents->work();
  ASSERT_THAT(mails(), ElementsAre("machine +0"));
  EXPECT_THAT(world_.mail.delivered[0].text, HasSubstr("No channel can deliver messages to steward@x.org: 550 nobody"));
  world_.mail.answers.clear();
  world_.live(4h);
  EXPECT_THAT(mails(), ::testing::IsSupersetOf({"steward +240", "deputy +240", "solved machine +240"}));
}

TEST_F(Incidents, WhoIsInChargeAndCannotBeReachedIsReplacedByTheNextInTheChain) {
  auto lost = World::example("steward@x.org");
  lost.kind = kUnreachable;
  world_.report(lost);
  world_.incidents->work();
  EXPECT_THAT(mails(), ElementsAre("deputy +0"));
}

TEST_F(Incidents, LinksLeadWhereTheyWereToldTo) {
  world_.incidents->set_origin("https://pod.x.org:8443");
  world_.report(World::example());
  world_.incidents->work();
  EXPECT_THAT(world_.mail.delivered.at(0).text, HasSubstr("https://pod.x.org:8443/acknowledge/"));
}

TEST_F(Incidents, AChannelThatFailsIsToldThroughTheOthers) {
  world_.mail.answer = {Outcome::later, "no connection"};
  world_.report(World::example());
  world_.live(10min);
  // Two tries are patience; with the third the message goes the other way, and so does the news about the channel.
  EXPECT_THAT(hooks(), UnorderedElementsAre("steward +0", "machine +6"));
  EXPECT_EQ(world_.mail.tried, 3) << "never through the broken one";
  const auto& news = world_.hook.delivered.back();
  EXPECT_THAT(news.text, HasSubstr("channel “smtp” aren't delivered: no connection"));
  // Doctor repeats the remedy, so that must be the next step.
  EXPECT_THAT(news.text, HasSubstr("correct [notify.smtp]"));
  EXPECT_THAT(news.text, HasSubstr("carillon channel test smtp"));
  EXPECT_THAT(news.text, ::testing::Not(HasSubstr("carillon doctor")));

  world_.mail.answer = {Outcome::delivered, "250"};
  auto other = World::example("other.x.org");
  world_.report(other);
  world_.live(1min);
  EXPECT_THAT(hooks(), ::testing::Contains("solved machine +10"));
  for (const auto& incident : world_.incidents->list(false).value()) EXPECT_NE(incident.report.kind, "channel-failed");
}

TEST_F(Incidents, AMisconfiguredChannelPassesTheMessageOnAtOnceAndIsNews) {
  world_.mail.answer = {Outcome::misconfigured, "535 wrong password"};
  world_.report(World::example());
  world_.incidents->work();
  EXPECT_THAT(hooks(), UnorderedElementsAre("steward +0", "machine +0"));
  EXPECT_EQ(world_.mail.tried, 1);
}

TEST_F(Incidents, WithEveryChannelBrokenNothingRunsInCirclesAndNothingIsLost) {
  world_.mail.answer = world_.hook.answer = {Outcome::misconfigured, "wrong"};
  world_.report(World::example());
  world_.live(3h);
  const auto incidents = world_.incidents->list(true).value();
  EXPECT_EQ(incidents.size(), 3U) << "the certificate, and one for each channel";
  EXPECT_LT(world_.mail.tried, 20);
  EXPECT_LT(world_.hook.tried, 20);
  world_.mail.answer = world_.hook.answer = {Outcome::delivered, "250"};
  world_.live(1h);
  EXPECT_THAT(mails(), ::testing::Contains("steward +0"));
  // Of the second channel nobody knows yet whether it works again: a test message finds out.
  EXPECT_EQ(world_.incidents->list(false)->size(), 2U);
  world_.solve("channel-failed", "webhook", "A test message was delivered.");
  EXPECT_EQ(world_.incidents->list(false)->size(), 1U);
}

TEST_F(Incidents, AnAcknowledgementSilencesWhatStillWaits) {
  world_.mail.answer = {Outcome::later, "451"};
  const auto id = world_.report(World::example());
  world_.incidents->work();
  ASSERT_TRUE(world_.incidents->acknowledge(id, "steward@x.org", 8h));
  world_.mail.answer = {Outcome::delivered, "250"};
  world_.live(8h - 1us);
  EXPECT_THAT(mails(), IsEmpty());
}

TEST_F(Incidents, SolvedWhileAMessageIsOnTheWayIsToldToWhoGotIt) {
  world_.mail.before = [&](const notify::Message&) {
    world_.mail.before = nullptr;
    world_.solve("renewal-failed", "www.x.org");
  };
  world_.report(World::example());
  world_.live(1h);
  EXPECT_THAT(mails(), ElementsAre("steward +0", "solved steward +0"));
}

TEST_F(Incidents, WithoutAnybodyInChargeReachTheOperators) {
  auto report = World::example();
  report.in_charge = {};
  world_.machine = {};
  world_.report(report);
  world_.incidents->work();
  EXPECT_THAT(mails(), ElementsAre("op +0"));
}

TEST_F(Incidents, OfNobodyInParticularReachWhoeverIsInChargeOfTheMachineByThen) {
  auto report = World::example();
  report.in_charge = {};
  world_.report(report);
  world_.incidents->work();
  EXPECT_EQ(world_.only().report.in_charge.steward, "machine@x.org");
  world_.machine = {"next@x.org", "second@x.org", ""};
  world_.live(5h);
  EXPECT_THAT(mails(), ElementsAre("machine +0", "next +240", "second +240"));
  EXPECT_THAT(world_.mail.delivered.back().text, HasSubstr("next@x.org, second@x.org and the"));
  EXPECT_EQ(world_.only().report.in_charge.steward, "next@x.org");
  EXPECT_EQ(world_.only().report.in_charge.deputy, "second@x.org");
}

TEST_F(Incidents, OfANetworkAreNoMatterOfTheMachines) {
  auto report = World::example();
  report.in_charge = {.steward = {}, .deputy = {}, .network = "net"};
  world_.report(report);
  world_.incidents->work();
  EXPECT_THAT(mails(), ElementsAre("owner +0"));
  EXPECT_EQ(world_.only().report.in_charge.steward, "");
}

TEST_F(Incidents, AChannelThatThrowsHasFailedLikeAnyOther) {
  world_.mail.before = [](const notify::Message&) { throw std::runtime_error("out of sockets"); };
  const auto id = world_.report(World::example());
  world_.incidents->work();
  EXPECT_EQ(world_.incidents->find(id)->messages.at(0).result, "retrying: out of sockets");
}

TEST_F(Incidents, StandOrFallWithTheCallersTransaction) {
  const auto refused = world_.database->write_now([&](db::Session& session) -> Result<> {
    world_.incidents->report(session, World::example()).value();
    return fail(ErrorKind::refused, "changed my mind");
  });
  ASSERT_FALSE(refused);
  EXPECT_TRUE(world_.incidents->list(true)->empty());
}

/// Kills the program at its n-th way out into the world, between two writes, and starts it again.
class Killed : public ::testing::TestWithParam<bool> {};

TEST_P(Killed, AtAnyMomentNothingIsLostAndNothingDoubled) {
  const bool after_delivery = GetParam();
  for (int fatal = 0;; ++fatal) {
    World world;
    const auto begin = world.clock.now();
    int count = 0;
    bool killed = false;
    const auto strike = [&] {
      if (count++ == fatal && !killed) killed = true, throw Kill{};
    };
    world.people.asked = strike;
    if (after_delivery)
      world.mail.after = [&](const notify::Message&) { strike(); };
    else
      world.mail.before = [&](const notify::Message&) { strike(); };
    const auto survive = [&](auto step) {
      try {
        step();
      } catch (const Kill&) {
        world.open();
        step();
      }
    };
    const auto work_until = [&](Duration until) {
      while (true) {
        std::optional<Time> next;
        survive([&] { next = world.incidents->work(); });
        if (!next || *next > begin + until) break;
        world.clock.set(*next);
      }
      world.clock.set(begin + until);
    };
    world.report(World::example());
    world.report(World::example("other.x.org"));
    work_until(5h);
    world.solve("renewal-failed", "www.x.org");
    world.solve("renewal-failed", "other.x.org");
    work_until(6h);

    std::set<std::string> ids;
    std::vector<notify::Message> distinct;
    for (const auto& message : world.mail.delivered) {
      if (ids.insert(message.id).second) distinct.push_back(message);
    }
    // What a server took over while we died goes out once more, and is known by its id.
    EXPECT_LE(world.mail.delivered.size(), ids.size() + (after_delivery ? 1U : 0U)) << fatal;
    world.mail.delivered = distinct;
    EXPECT_THAT(World::heard(world.mail, begin),
                UnorderedElementsAre("steward +0", "steward +240", "deputy +240", "solved steward +300", "solved deputy +300"))
        << fatal;
    if (!killed) {
      EXPECT_GE(fatal, 8) << "there are that many moments at least";
      break;
    }
  }
}
INSTANTIATE_TEST_SUITE_P(All, Killed, ::testing::Bool(),
                         [](const auto& info) { return info.param ? "AfterADelivery" : "BeforeADelivery"; });

TEST_F(Incidents, GoOnAfterAClockThatWasAhead) {
  for (const Duration by : {Duration{1h}, Duration{24h * 10}, Duration{24h * 365}}) {
    World world;
    const auto before = world.report(World::example("before.x.org"));
    world.live(1h);
    world.clock.advance(by);
    world.report(World::example("meanwhile.x.org"));
    world.incidents->work();
    const auto quiet = world.report(World::example("quiet.x.org"));
    ASSERT_TRUE(world.incidents->acknowledge(quiet, "ada", 8h));
    const auto was = world.clock.now();
    world.clock.set(was - by);
    const auto now = world.clock.now();
    ASSERT_TRUE(world.incidents->clock_set_back({.was = was, .now = now}));
    world.mail.delivered.clear();
    world.live(9h);
    const auto heard = World::heard(world.mail, now);
    EXPECT_THAT(heard, ::testing::Contains("steward +240")) << "the next step of each is not put off";
    EXPECT_THAT(heard, ::testing::Contains("steward +480")) << "and the quiet ends when it was to end";
    for (const auto& incident : world.incidents->list(true).value()) EXPECT_LE(incident.opened_at, now);
    world.solve("renewal-failed", "before.x.org");
    world.live(1min);
    EXPECT_EQ(world.incidents->find(before)->state, State::solved);
  }
}

TEST_F(Incidents, TryAMessageAgainAfterAClockThatWasAhead) {
  world_.clock.advance(24h * 365);
  world_.mail.answer = world_.hook.answer = {Outcome::later, "down"};
  world_.report(World::example());
  world_.incidents->work();
  const auto was = world_.clock.now();
  world_.clock.set(begin_);
  ASSERT_TRUE(world_.incidents->clock_set_back({.was = was, .now = begin_}));
  world_.mail.answer = world_.hook.answer = {Outcome::delivered, "taken"};
  world_.live(10min);
  EXPECT_THAT(mails(), ::testing::Contains("steward +0"));
}

}  // namespace
}  // namespace carillon::incidents
