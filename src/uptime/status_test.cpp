// What people outside noticed, and what was nothing to them.

#include "uptime/status.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace carillon::uptime {
namespace {

using namespace std::chrono_literals;
using incidents::Incident;
using incidents::State;
using ::testing::HasSubstr;
using ::testing::Not;

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

TEST(StatusTest, AnExpiredCertificateIsAnIncidentFromTheMomentItExpired) {
  const std::vector all{incident("renewal-failed", "pod.example.org", kNow - 48h, {}, kNow - 1h)};
  const auto seen = public_incidents(all, kOwn, kNow);
  ASSERT_EQ(seen.size(), 1U);
  EXPECT_EQ(seen[0].begun, kNow - 1h);
  EXPECT_FALSE(seen[0].ended);
  EXPECT_EQ(seen[0].downloads, Condition::fails);
}

TEST(StatusTest, WhatNobodyNoticedIsNone) {
  const std::vector all{incident("renewal-failed", "pod.example.org", kNow - 48h, {}, kNow + 1h),
                        incident("renewal-failed", "pod.example.org", kNow - 48h, kNow - 24h, kNow - 1h),
                        incident("manual-renewal", "pod.example.org", kNow - 48h, {}, {}),
                        incident("renewal-failed", "pod.example.org", kNow - std::chrono::days{200}, kNow - std::chrono::days{91},
                                 kNow - std::chrono::days{150})};
  EXPECT_TRUE(public_incidents(all, kOwn, kNow).empty());
}

TEST(StatusTest, WhatIsNotOursOrNotForThemIsNotShown) {
  const std::vector all{incident("not-seen", "www.other.example", kNow - 2h, {}, {}),
                        incident("watched-expired", "mail.example.org:25", kNow - 2h, {}, kNow - 1h),
                        incident("watched-broken", "pod.example.org", kNow - 2h, {}, {}),
                        incident("channel-failed", "smtp", kNow - 2h, {}, {}),
                        incident("peer-silent", "pod.example.org", kNow - 2h, {}, {})};
  EXPECT_TRUE(public_incidents(all, kOwn, kNow).empty());
}

}  // namespace
}  // namespace carillon::uptime
