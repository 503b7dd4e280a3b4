#include "incidents/message_text.hpp"

#include "base/testing/testing.hpp"
#include "base/text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <boost/json.hpp>

namespace carillon::incidents {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::Not;

const Time kOpened{std::chrono::sys_days{std::chrono::year{2026} / 11 / 24}};

Item example(const std::string& subject = "www.example.org") {
  Item item;
  auto& incident = item.incident;
  incident.id = "01kw0000000000000000000000";
  incident.report = {
      .kind = "renewal-failed",
      .subject = subject,
      .in_charge = {"anna@example.org", "ben@example.org", "net"},
      .what =
          "The certificate for " + subject + " could not be renewed: the CA does not answer, and has not answered since Monday morning.",
      .consequence = "It expires on 26 November 2026, 00:00 UTC. From then on apps refuse every download under " + subject + ".",
      .remedy = "carillon cert renew " + subject,
      .noticed_at = kOpened + 20h};
  incident.opened_at = kOpened;
  item.step = 1;
  item.next_at = kOpened + 1h;
  item.link = "https://pod.example.org/acknowledge/" + std::string(54, 'x') + subject;
  return item;
}

TEST(MessageText, AnAlarmSaysEverythingThatSomebodyNeeds) {
  const Item items[] = {example()};
  const auto words = alarm_words(items, "https://all", kOpened + 15min);
  EXPECT_EQ(words.subject, "Urgent: The certificate for www.example.org could not be renewed");
  EXPECT_EQ(words.text,
            "The certificate for www.example.org could not be renewed: the CA does not\n"
            "answer, and has not answered since Monday morning.\n"
            "\n"
            "Since:         24 November 2026, 00:00 UTC (15 minutes ago)\n"
            "Public impact: 24 November 2026, 20:00 UTC (in 19 hours)\n"
            "\n"
            "If nothing is done:\n"
            "It expires on 26 November 2026, 00:00 UTC. From then on apps refuse every\n"
            "download under www.example.org.\n"
            "\n"
            "What to do:\n"
            "    carillon cert renew www.example.org\n"
            "\n"
            "Acknowledge it (this pauses reminders for 8 hours):\n"
            "    https://pod.example.org/acknowledge/xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxwww.example.org\n"
            "The page asks you to confirm first. On the server:\n"
            "    carillon incident ack 01kw0000000000000000000000 --for 8h\n"
            "\n"
            "You're receiving this because you're the steward of www.example.org. If no one\n"
            "acknowledges this, the next message goes to anna@example.org, ben@example.org\n"
            "and the operators on 24 November 2026, 01:00 UTC.\n");
}

TEST(MessageText, HtmlAndJsonSayTheSame) {
  const Item items[] = {example()};
  const auto words = alarm_words(items, "https://all", kOpened + 15min);
  for (const auto* part : {"could not be renewed", "24 November 2026, 00:00 UTC (15 minutes ago)", "in 19 hours",
                           "From then on apps refuse", "carillon cert renew www.example.org", "https://pod.example.org/acknowledge/",
                           "carillon incident ack 01kw", "steward of www.example.org"})
    EXPECT_THAT(words.html, HasSubstr(part));
  for (const auto* foreign : {"<img", "<script", "src=", "@import"})
    EXPECT_THAT(words.html, Not(HasSubstr(foreign))) << "nothing is fetched: no tracking";
  const auto facts = boost::json::parse(words.json).as_object();
  EXPECT_EQ(facts.at("type"), "alarm");
  const auto& incident = facts.at("incidents").as_array().at(0);
  EXPECT_EQ(incident.at("kind"), "renewal-failed");
  EXPECT_EQ(incident.at("opened_at"), "2026-11-24T00:00:00Z");
  EXPECT_EQ(incident.at("noticed_at"), "2026-11-24T20:00:00Z");
  EXPECT_EQ(incident.at("next_step_at"), "2026-11-24T01:00:00Z");
}

TEST(MessageText, OnlyLinksAndCommandsAreLongerThanALine) {
  std::vector<Item> items;
  for (int i = 0; i < 30; ++i) items.push_back(example("name-" + std::to_string(i) + ".example.org"));
  for (const auto& words : {alarm_words(items, "https://all", kOpened), alarm_words(std::span{items}.first(1), "https://all", kOpened),
                            closing_words(items, kOpened)}) {
    for (const auto line : split(words.text, '\n')) EXPECT_TRUE(line.size() <= 78 || line.contains("https://")) << line;
  }
}

TEST(MessageText, ManyAreListedInOneMessageEachWithItsLink) {
  const Item items[] = {example("a.example.org"), example("b.example.org"), example("c.example.org")};
  const auto words = alarm_words(items, "https://pod.example.org/acknowledge/all", kOpened + 1h);
  EXPECT_EQ(words.subject, "Urgent: 3 incidents: a.example.org, b.example.org and 1 more");
  for (const auto& item : items) {
    EXPECT_THAT(words.text, HasSubstr(item.link + "\n"));
    EXPECT_THAT(words.text, HasSubstr(item.incident.report.remedy + "\n"));
    EXPECT_THAT(words.html, HasSubstr(item.link));
  }
  EXPECT_THAT(words.text, HasSubstr("https://pod.example.org/acknowledge/all\n"));
  EXPECT_EQ(alarm_words(std::span{items}.first(2), "", kOpened).subject, "Urgent: 2 incidents: a.example.org and b.example.org");
}

TEST(MessageText, MoreThanCanBeReadAreCounted) {
  const std::vector<Item> items(kMaxListed + 7, example());
  const auto words = alarm_words(items, "https://all", kOpened);
  EXPECT_THAT(words.text, HasSubstr("And 7 more: carillon incident list"));
  EXPECT_THAT(words.html, HasSubstr("And 7 more"));
  EXPECT_EQ(boost::json::parse(words.json).at("count").to_number<std::size_t>(), kMaxListed + 7);
}

TEST(MessageText, TheSubjectNamesWhatItIsAboutAndHowItStands) {
  auto item = example();
  item.incident.report.noticed_at = {};
  item.incident.report.what = "The program that reloads the server failed.";
  const auto subject = [&] { return alarm_words({&item, 1}, "", kOpened).subject; };
  EXPECT_EQ(subject(), "Reminder: www.example.org: The program that reloads the server failed");
  item.step = 0;
  EXPECT_EQ(subject(), "www.example.org: The program that reloads the server failed");
  item.incident.report.what = std::string(500, 'w');
  EXPECT_LE(subject().size(), 100U);
}

TEST(MessageText, TwoIncidentsOfOneNameAreToldApart) {
  Item items[] = {example(), example()};
  items[1].incident.report.kind = "not-seen";
  items[1].incident.report.what = "A check of www.example.org from outside found a problem: it doesn't respond.";
  const auto words = alarm_words(items, "https://all", kOpened + 15min);
  EXPECT_THAT(words.subject, HasSubstr("2 incidents: www.example.org"));
  EXPECT_THAT(words.subject, Not(HasSubstr("www.example.org and www.example.org")));
  EXPECT_THAT(words.text, HasSubstr("1. The certificate for www.example.org could not be renewed"));
  EXPECT_THAT(words.text, HasSubstr("2. A check of www.example.org from outside found a problem"));
}

TEST(MessageText, WhoDidNotMendItAfterAllIsNamed) {
  auto item = example();
  item.incident.owner = "ben@example.org";
  const auto words = alarm_words({&item, 1}, "", kOpened);
  EXPECT_THAT(words.text, HasSubstr("ben@example.org acknowledged this before, but it isn't resolved yet."));
  EXPECT_THAT(words.html, HasSubstr("ben@example.org acknowledged this before"));
}

TEST(MessageText, ItSaysWhyEachPersonGetsIt) {
  auto item = example();
  for (const auto& [role, why] : {std::pair{Role::deputy, "deputy for www.example.org"},
                                  {Role::operators, "you operate this server"},
                                  {Role::owners, "own the network"}}) {
    item.role = role;
    EXPECT_THAT(alarm_words({&item, 1}, "", kOpened).html, HasSubstr(why));
  }
}

TEST(MessageText, AClosingMessageSaysThatNothingIsLeftToDo) {
  auto item = example();
  item.incident.solved_at = kOpened + 50h;
  item.solution = "It was renewed and seen at 192.0.2.7:443.";
  const auto words = closing_words({&item, 1}, kOpened + 50h);
  EXPECT_EQ(words.subject, "Resolved: The certificate for www.example.org could not be renewed");
  EXPECT_EQ(words.text,
            "It was renewed and seen at 192.0.2.7:443.\n"
            "\n"
            "Problem:  The certificate for www.example.org could not be renewed: the CA\n"
            "          does not answer, and has not answered since Monday morning.\n"
            "Since:    24 November 2026, 00:00 UTC\n"
            "Resolved: 26 November 2026, 02:00 UTC, after 2 days\n"
            "\n"
            "You don't need to do anything.\n");
  EXPECT_THAT(words.html, Not(HasSubstr("acknowledge")));
  EXPECT_EQ(boost::json::parse(words.json).at("incidents").at(0).at("solution").as_string(), item.solution);
}

TEST(MessageText, WordsFromOutsideAreTextAndNeverMarkup) {
  auto item = example("<b>\"x\"&'");
  item.incident.report.what = item.incident.report.consequence = item.incident.report.remedy = item.solution =
      "<script>alert('x')</script>\xFF";
  const Item two[] = {item, item};
  for (const auto& words : {alarm_words({&item, 1}, "\"><script>", kOpened), alarm_words(two, "\"><script>", kOpened),
                            closing_words({&item, 1}, kOpened), closing_words(two, kOpened)}) {
    EXPECT_THAT(words.html, Not(HasSubstr("<script")));
    EXPECT_THAT(words.html, Not(HasSubstr("<b>\"")));
    EXPECT_TRUE(is_utf8(words.html));
    EXPECT_TRUE(boost::json::parse(words.json).is_object());
  }
}

TEST(MessageText, ATestSaysThatItIsOne) {
  const carillon::testing::ManualClock clock;
  carillon::testing::SeededRandom random;
  const auto message = test_message("anna@example.org", "smtp", clock, random);
  EXPECT_EQ(message.to, "anna@example.org");
  EXPECT_THAT(message.text, HasSubstr("You don't need to do anything."));
  EXPECT_EQ(boost::json::parse(message.json).at("type"), "test");
  EXPECT_NE(message.id, test_message("anna@example.org", "smtp", clock, random).id);
}

}  // namespace
}  // namespace carillon::incidents
