#include "incidents/quiet_times.hpp"

#include "incidents/testing/world.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace carillon::incidents {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

using Texts = std::vector<std::string>;

Time at(std::string_view text) { return parse_rfc3339(text).value(); }

/// "2026-11-24T06:00:00Z", "" if it isn't quiet.
std::string until(const QuietTimes& times, std::string_view now) {
  const auto end = times.until(at(now));
  return end ? to_rfc3339(*end) : "";
}

QuietTimes times(std::string_view zone, const Texts& quiet, const Texts& absences = {}) {
  auto made = QuietTimes::from(zone, quiet, absences);
  EXPECT_TRUE(made) << made.error().message;
  return std::move(*made);
}

TEST(QuietTimes, AreReadAsPeopleWriteThem) {
  const auto some = times("Europe/Berlin",
                          {"Mon-Fri 22:00-07:00", "sat,sun 00:00-24:00", " 23:30-05:15 ", "fri-mon 01:00-02:00", "sun,tue,wed 12:00-13:00"},
                          {"2027-05-01", "2026-12-24..2027-01-06"});
  EXPECT_THAT(some.hours(), ElementsAre("mon-fri 22:00-07:00", "sat,sun 00:00-24:00", "mon-sun 23:30-05:15", "mon,fri-sun 01:00-02:00",
                                        "tue,wed,sun 12:00-13:00"));
  EXPECT_THAT(some.absences(), ElementsAre("2026-12-24..2027-01-06", "2027-05-01"));
  const auto again = times(some.zone(), some.hours(), some.absences());
  EXPECT_EQ(again.hours(), some.hours());
  EXPECT_EQ(again.absences(), some.absences());
  EXPECT_TRUE(QuietTimes{}.is_empty());
  EXPECT_EQ(QuietTimes{}.zone(), "UTC");
}

TEST(QuietTimes, WrongOnesGetOneSentence) {
  const auto field = [](std::string_view zone, const Texts& quiet, const Texts& absences) {
    const auto made = QuietTimes::from(zone, quiet, absences);
    return made ? std::string{} : made.error().field;
  };
  for (const auto* const wrong :
       {"", "mon", "22-07", "22:00-7:00", "25:00-07:00", "22:60-07:00", "foo 22:00-07:00", "mon- 22:00-07:00", "mon-fri22:00-07:00",
        "24:00-07:00", "22:00-24:01", "22:00-22:00", "22:00-00:00", "mon,,fri 22:00-23:00", "22:00–07:00", "mon fri 22:00-07:00"})
    EXPECT_EQ(field("", {wrong}, {}), "hours") << wrong;
  for (const auto* const wrong :
       {"", "24.12.2026", "2026-13-01", "2026-02-29", "2026-12-24..", "2027-01-06..2026-12-24", "2026-01-01..2027-01-02", "26-12-24"})
    EXPECT_EQ(field("", {}, {wrong}), "absences") << wrong;
  for (const auto* const wrong : {"Europe/Atlantis", "Berlin", "../etc/passwd", "Europe/Berlin ", "Ürümqi", "CEST"})
    EXPECT_EQ(field(wrong, {}, {}), "zone") << wrong;
  EXPECT_EQ(field("", {"00:00-24:00"}, {}), "hours") << "always";
  EXPECT_EQ(field("", {"mon-sat 00:00-24:00", "sun 00:00-20:00"}, {}), "hours");
  EXPECT_EQ(field("", {"mon-sat 00:00-24:00", "sun 00:00-19:00"}, {}), "");
  EXPECT_EQ(field("", Texts(22, "mon 22:00-23:00"), {}), "hours");
  EXPECT_EQ(field("", {}, Texts(101, "2026-12-24")), "absences");
}

TEST(QuietTimes, EndInThePersonsTimeZone) {
  const auto nights = times("Europe/Berlin", {"mon-fri 22:00-07:00"});
  EXPECT_EQ(until(nights, "2026-11-24T20:59:59Z"), "");
  EXPECT_EQ(until(nights, "2026-11-24T21:00:00Z"), "2026-11-25T06:00:00Z");
  EXPECT_EQ(until(nights, "2026-11-25T05:59:59Z"), "2026-11-25T06:00:00Z");
  EXPECT_EQ(until(nights, "2026-11-25T06:00:00Z"), "");
  EXPECT_EQ(until(nights, "2026-07-14T20:30:00Z"), "2026-07-15T05:00:00Z") << "in summer, an hour earlier";
  EXPECT_EQ(until(nights, "2026-11-28T02:00:00Z"), "2026-11-28T06:00:00Z") << "a Friday's hours end on Saturday";
  EXPECT_EQ(until(nights, "2026-11-28T22:00:00Z"), "") << "Saturday";
  EXPECT_EQ(until(nights, "2026-11-23T02:00:00Z"), "") << "no hours start on a Sunday";
  EXPECT_EQ(until(times("Asia/Kolkata", {"22:00-07:00"}), "2026-11-24T16:30:00Z"), "2026-11-25T01:30:00Z");
}

TEST(QuietTimes, SurviveAChangeOfTheClocks) {
  const auto nights = times("Europe/Berlin", {"22:00-07:00"});
  EXPECT_EQ(until(nights, "2027-03-27T22:00:00Z"), "2027-03-28T05:00:00Z");
  EXPECT_EQ(until(nights, "2026-10-24T22:00:00Z"), "2026-10-25T06:00:00Z");
  // 02:30 doesn't exist on one night and comes twice on another.
  const auto odd = times("Europe/Berlin", {"02:00-02:30"});
  const auto twice = odd.until(at("2026-10-25T00:10:00Z"));
  ASSERT_TRUE(twice);
  EXPECT_GT(*twice, at("2026-10-25T00:10:00Z"));
  EXPECT_LT(*twice, at("2026-10-25T02:00:00Z"));
}

TEST(QuietTimes, ThatFollowEachOtherAreJoined) {
  const auto weekends = times("Europe/Berlin", {"22:00-07:00", "sat,sun 00:00-24:00"});
  EXPECT_EQ(until(weekends, "2026-11-27T22:00:00Z"), "2026-11-30T06:00:00Z") << "from Friday night to Monday morning";
  const auto holidays = times("Europe/Berlin", {"22:00-07:00"}, {"2026-12-24..2026-12-26", "2026-12-27"});
  EXPECT_EQ(until(holidays, "2026-12-23T22:00:00Z"), "2026-12-28T06:00:00Z");
  EXPECT_EQ(until(holidays, "2026-12-28T06:00:00Z"), "");
}

TEST(QuietTimes, AbsencesThatFollowEachOtherHaveOneLimit) {
  const auto complaint = [](const Texts& hours, const Texts& absences) {
    const auto made = QuietTimes::from("", hours, absences);
    return made ? std::string{} : made.error().field + ": " + made.error().message;
  };
  EXPECT_EQ(complaint({}, {"2026-01-01..2027-01-01"}), "") << "366 days";
  EXPECT_EQ(complaint({}, {"2026-01-01..2026-12-31", "2027-01-02..2027-12-31"}), "") << "one day to hear everything";
  for (const auto& absences :
       {Texts{"2026-07-01..2027-06-30", "2026-01-01..2026-06-30"}, Texts{"2026-01-01..2026-09-30", "2026-09-01..2027-03-01"},
        Texts{"2026-01-01..2026-12-31", "2026-02-01", "2027-01-01", "2027-01-02"}})
    EXPECT_THAT(complaint({}, absences), HasSubstr("absences: The absences from 2026-01-01 to ")) << absences[0];
  // 2027-01-02 is a Saturday.
  EXPECT_THAT(complaint({"sat,sun 00:00-24:00"}, {"2026-01-01..2027-01-01", "2027-01-04..2027-01-08"}), HasSubstr("to 2027-01-08"));
  EXPECT_EQ(complaint({"sat,sun 00:00-23:00"}, {"2026-01-01..2027-01-01", "2027-01-04..2027-01-08"}), "");
}

class AQuietPerson : public ::testing::Test {
 protected:
  AQuietPerson() { world.clock.set(at("2026-11-24T20:00:00Z")); }
  void choose(const Texts& quiet, const Texts& absences = {}) {
    world.database
        ->write_now([&](db::Session& session) -> Result<> {
          world.quiet->choose(session, "Steward@x.org", times("Europe/Berlin", quiet, absences), world.clock.now());
          return {};
        })
        .value();
  }
  /// In minutes from 20:00 UTC; in Berlin it is 21:00.
  Texts heard() { return testing::World::heard(world.mail, begin); }

  testing::World world;
  Time begin = at("2026-11-24T20:00:00Z");
};

TEST_F(AQuietPerson, HearsInTheMorningWhatIsNotUrgent) {
  choose({"22:00-07:00"});
  world.clock.advance(hours{2});
  world.report(testing::World::example());
  world.live(hours{10});
  // The deputy is notified after four hours as always; the step at that time replaces the steward's first message.
  ASSERT_EQ(world.mail.delivered.size(), 2U);
  EXPECT_EQ(world.mail.delivered[0].to, "deputy@x.org");
  EXPECT_EQ(world.mail.delivered[1].to, "steward@x.org");
}

TEST_F(AQuietPerson, GetsOneMessageWithTheStateInTheMorning) {
  choose({"22:00-07:00"});
  world.clock.advance(hours{2});
  auto report = testing::World::example();
  report.in_charge.deputy.clear();
  for (const auto* const name : {"a.x.org", "b.x.org", "c.x.org"}) {
    report.subject = name;
    world.report(report);
    world.live(hours{1});
  }
  report.subject = "a.x.org";
  report.what = "The certificate for a.x.org has now been refused, too.";
  world.report(report);
  world.solve("renewal-failed", "b.x.org");
  world.live(hours{5});
  ASSERT_EQ(world.mail.delivered.size(), 1U);
  const auto& message = world.mail.delivered[0];
  EXPECT_EQ(message.at, at("2026-11-25T06:00:00Z")) << "not when it was planned";
  EXPECT_THAT(message.text, HasSubstr("has now been refused, too"));
  EXPECT_THAT(message.text, HasSubstr("c.x.org"));
  EXPECT_THAT(message.text, ::testing::Not(HasSubstr("b.x.org")));
}

TEST_F(AQuietPerson, HearsOnlyOfTheProblemThatIsBack) {
  choose({"22:00-07:00"});
  auto report = testing::World::example();
  report.in_charge.deputy.clear();
  world.report(report);
  world.live(hours{3});
  world.solve("renewal-failed", "www.x.org");
  world.live(hours{1});
  world.report(report);
  world.live(hours{7});
  EXPECT_THAT(heard(), ElementsAre("steward +0", "steward +600"));
  // A pager keeps an alert until it is resolved.
  world.mail.follows = true;
  choose({"07:30-23:00"});
  world.clock.set(at("2026-11-25T07:00:00Z"));
  world.solve("renewal-failed", "www.x.org");
  world.live(hours{1});
  world.report(report);
  world.live(hours{15});
  EXPECT_THAT(heard(), ::testing::Contains(::testing::StartsWith("solved steward")));
}

TEST_F(AQuietPerson, GetsNothingOnceSomeoneElseIsResponsible) {
  choose({"22:00-23:30"});
  world.clock.advance(hours{2});
  auto report = testing::World::example();
  report.in_charge.deputy.clear();
  world.report(report);
  world.live(minutes{10});
  report.in_charge.steward = "successor@x.org";
  world.report(report);
  world.live(hours{3});
  EXPECT_THAT(heard(), ElementsAre("successor +150")) << "when the hold ends, not at the next step";
}

TEST_F(AQuietPerson, GetsNothingAfterLosingAccess) {
  choose({"22:00-23:30"});
  world.clock.advance(hours{2});
  auto report = testing::World::example();
  report.in_charge.deputy.clear();
  world.report(report);
  world.live(minutes{10});
  world.people.left_["steward@x.org"] = world.clock.now();
  world.live(hours{3});
  EXPECT_THAT(heard(), ElementsAre("owner +150")) << "the next in the chain, because there is no deputy";
}

TEST_F(AQuietPerson, CanSeeWhatIsHeld) {
  const auto held = [&](const std::string& person) {
    return world.database
        ->read_now(
            [&](db::Session& session) -> Result<std::vector<HeldMessages>> { return held_messages(session, person, world.clock.now()); })
        .value();
  };
  choose({"22:00-07:00"});
  world.clock.advance(hours{2});
  auto report = testing::World::example();
  report.in_charge.deputy.clear();
  const auto id = world.report(report);
  EXPECT_THAT(world.incidents->find(id)->held, IsEmpty()) << "only planned";
  world.live(minutes{10});
  const auto shown = world.incidents->find(id)->held;
  ASSERT_EQ(shown.size(), 1U);
  EXPECT_EQ(shown[0].to, "steward@x.org");
  EXPECT_EQ(shown[0].until, at("2026-11-25T06:00:00Z"));
  EXPECT_EQ(world.incidents->list(false)->at(0).held.size(), 1U);
  for (const auto* const person : {"", "Steward@x.org"}) {
    ASSERT_EQ(held(person).size(), 1U) << person;
    EXPECT_EQ(held(person)[0].count, 1);
    EXPECT_EQ(held(person)[0].until, shown[0].until);
  }
  EXPECT_THAT(held("deputy@x.org"), IsEmpty());
  world.live(hours{9});
  EXPECT_THAT(held(""), IsEmpty());
  EXPECT_THAT(world.incidents->find(id)->held, IsEmpty());
}

TEST_F(AQuietPerson, HearsNothingOfWhatIsSolvedMeanwhile) {
  choose({"22:00-07:00"});
  world.clock.advance(hours{2});
  world.report(testing::World::example());
  world.live(hours{1});
  world.solve("renewal-failed", "www.x.org");
  world.live(hours{20});
  EXPECT_THAT(heard(), IsEmpty());
}

TEST_F(AQuietPerson, IsWokenWhenItBecomesUrgent) {
  choose({"22:00-07:00"}, {"2026-11-25..2026-11-30"});
  world.clock.advance(hours{2});
  auto report = testing::World::example();
  report.noticed_at = begin + hours{30};
  world.report(report);
  world.live(hours{3});
  EXPECT_THAT(heard(), IsEmpty());
  world.live(hours{2});
  ASSERT_FALSE(world.mail.delivered.empty());
  EXPECT_EQ(world.mail.delivered[0].to, "steward@x.org");
}

TEST_F(AQuietPerson, IsWokenWhenItIsDownAlready) {
  choose({"22:00-07:00"});
  world.clock.advance(hours{3});
  auto report = testing::World::example();
  report.noticed_at = world.clock.now();
  world.report(report);
  world.incidents->work();
  EXPECT_THAT(heard(), ElementsAre("steward +180"));
}

TEST_F(AQuietPerson, HearsAtOnceAfterEndingTheQuietTimes) {
  choose({}, {"2026-11-24..2026-12-24"});
  world.report(testing::World::example());
  world.live(hours{1});
  EXPECT_THAT(heard(), IsEmpty());
  choose({});
  world.incidents->work();
  EXPECT_THAT(heard(), ElementsAre("steward +60"));
}

TEST_F(AQuietPerson, IsNotAffectedByTheTimesOfOthers) {
  world.database
      ->write_now([&](db::Session& session) -> Result<> {
        world.quiet->choose(session, "deputy@x.org", times("", {}, {"2026-11-24..2026-12-24"}), world.clock.now());
        return {};
      })
      .value();
  world.report(testing::World::example());
  world.incidents->work();
  EXPECT_THAT(heard(), ElementsAre("steward +0"));
}

}  // namespace
}  // namespace carillon::incidents
