// The status page: what people outside are told, and what they are not.

#include "site/pages/status_page.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace carillon::site {
namespace {

using namespace std::chrono_literals;
using incidents::Incident;
using incidents::State;
using ::testing::HasSubstr;
using ::testing::Not;
using uptime::Condition;
using uptime::public_incidents;
using uptime::Status;

const Time kNow = parse_rfc3339("2026-11-24T10:45:00Z").value();
const std::vector<std::string> kOwn{"pod.example.org"};

Incident incident(std::string kind, std::string subject, Time opened, std::optional<Time> solved, std::optional<Time> noticed) {
  Incident made;
  made.report = {.kind = std::move(kind),
                 .subject = std::move(subject),
                 .in_charge = {.steward = "ada@example.org", .deputy = {}, .network = {}},
                 .what = "the internal words",
                 .consequence = "the internal words",
                 .remedy = "the internal words",
                 .noticed_at = noticed};
  made.opened_at = opened;
  made.solved_at = solved;
  made.state = solved ? State::solved : State::open;
  made.owner = "ada@example.org";
  return made;
}

Status well() {
  Status status;
  status.looked = kNow;
  status.downloads = {Condition::works, "Feeds are served."};
  status.publishing = {Condition::works, "Episodes can be published."};
  status.incidents_known = kNow;
  status.measured_since = kNow - std::chrono::days{10};
  return status;
}

std::string page_of(const Status& status, Time now = kNow) { return status_page(&status, "https://pod.example.org/status", now); }

TEST(StatusPageTest, NewestFirstAndInOurOwnWords) {
  const std::vector all{incident("not-seen", "pod.example.org", kNow - 9h, kNow - 8h, {}),
                        incident("not-seen", "pod.example.org", kNow - 2h, {}, {})};
  auto status = well();
  status.incidents = public_incidents(all, kOwn, kNow);
  ASSERT_EQ(status.incidents.size(), 2U);
  EXPECT_EQ(status.incidents[0].begun, kNow - 2h);
  const auto page = page_of(status);
  EXPECT_THAT(page, HasSubstr("ongoing"));
  EXPECT_THAT(
      page,
      HasSubstr(
          "24 November 2026, 01:45 UTC</time> – <time datetime=\"2026-11-24T02:45:00Z\">24 November 2026, 02:45 UTC</time> (60 minutes)"));
  for (const auto* secret : {"internal", "ada@", "steward", "not-seen"}) EXPECT_THAT(page, Not(HasSubstr(secret)));
}

TEST(StatusPageTest, TheVerdictNamesDownloadsAndPublishingApart) {
  auto status = well();
  EXPECT_THAT(page_of(status), HasSubstr(">Everything is working</h1>"));
  EXPECT_THAT(page_of(status), HasSubstr("Monitored since 14 November 2026"));
  EXPECT_THAT(page_of(status), HasSubstr("None since monitoring began on 14 November 2026."));
  EXPECT_THAT(page_of(status), Not(HasSubstr("%")));
  status.publishing = {Condition::fails, "Nothing new can be saved.", kNow - 2h};
  EXPECT_THAT(page_of(status),
              HasSubstr("Nothing new can be saved. Since <time datetime=\"2026-11-24T08:45:00Z\">24 November 2026, 08:45 UTC</time>."));
  EXPECT_THAT(page_of(status), HasSubstr(">Publishing is down</h1>"));
  status.downloads.condition = Condition::limited;
  EXPECT_THAT(page_of(status), HasSubstr(">Publishing is down, and downloads are partially working</h1>"));
  status.downloads.condition = Condition::fails;
  EXPECT_THAT(page_of(status), HasSubstr(">Downloads and publishing are down</h1>"));
  status.publishing.condition = Condition::works;
  EXPECT_THAT(page_of(status), HasSubstr(">Downloads are down</h1>"));
}

TEST(StatusPageTest, WhatIsOldSaysSo) {
  const auto status = well();
  const auto page = page_of(status, kNow + 1h);
  EXPECT_THAT(page, HasSubstr(">Unknown at the moment</h1>"));
  EXPECT_THAT(page, HasSubstr("Last known: Working"));
  EXPECT_THAT(page, HasSubstr("24 November 2026, 10:45 UTC"));
  EXPECT_THAT(status_page(nullptr, "https://pod.example.org/status", kNow), HasSubstr(">Not yet known</h1>"));
}

TEST(StatusPageTest, IncidentsThatCannotBeReadAreNotNone) {
  auto status = well();
  status.incidents_known = kNow - 1h;
  EXPECT_THAT(page_of(status), HasSubstr("be read at the moment. There were none as of 24 November 2026, 09:45 UTC."));
  status.incidents_known.reset();
  EXPECT_THAT(page_of(status), HasSubstr("be read at the moment."));
}

}  // namespace
}  // namespace carillon::site
