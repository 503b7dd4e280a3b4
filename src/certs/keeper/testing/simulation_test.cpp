#include "certs/keeper/testing/simulation.hpp"

#include "base/log.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace carillon::certs::testing {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define CARILLON_SLOW_BUILD 1
#endif
#endif
#ifdef CARILLON_SLOW_BUILD
constexpr std::size_t kNames = 16;
constexpr days kLength{45};
#else
constexpr std::size_t kNames = 40;
constexpr days kLength{90};
#endif

TEST(Simulation, MonthsPassWithoutAnExpiredCertificateAnOrderTooManyOrASilentFailure) {
  log::set_level(log::Level::error);
  const auto report = simulate({.seed = 3, .names = kNames, .length = kLength, .script = usual_script(3, kLength, 12)});
  EXPECT_TRUE(report.violations.empty()) << report.text();
  // That something happened at all: a name gets at least one certificate in thirty days.
  EXPECT_GT(report.counts.issuances, kNames * static_cast<std::size_t>(kLength / days{30})) << report.text();
  EXPECT_GT(report.counts.exempt_orders, kNames) << report.text();
  EXPECT_GE(report.counts.kills, 8U) << report.text();
  EXPECT_GT(report.counts.authorization_failures, 20U) << report.text();
  EXPECT_GT(report.counts.incidents, 3U) << report.text();
  EXPECT_GT(report.counts.messages, 10U) << report.text();
  EXPECT_EQ(report.simulated, Duration{kLength});
}

TEST(SimulationScript, ReadsEveryKindOfLineInTheOrderOfTime) {
  const auto script = read_script(
      "# a comment\n"
      "20d ca-down 3d\n"
      "5s limit 30m 1h   # early\n"
      "3d12h kill b after:finalize 20m\n\n"
      "0s break 0.5% elsewhere 40d\n"
      "60d nodes-off 2d\n"
      "1d kill a between 2s\n"
      "30d ca-down 10d second\n"
      "40d revoke 5%");
  ASSERT_TRUE(script) << script.error().message;
  ASSERT_EQ(script->size(), 8U);
  EXPECT_EQ(script->front().kind, Happening::Kind::breaks);
  EXPECT_EQ(script->front().trouble, Trouble::elsewhere);
  EXPECT_DOUBLE_EQ(script->front().share, 0.005);
  EXPECT_EQ((*script)[1].pause, Duration{hours{1}});
  EXPECT_EQ((*script)[2].moment, Moment::between);
  EXPECT_EQ((*script)[3].at, Duration{hours{84}});
  EXPECT_EQ((*script)[3].node, 1);
  EXPECT_EQ((*script)[3].request, "finalize");
  EXPECT_EQ((*script)[3].lasts, Duration{minutes{20}});
  EXPECT_EQ((*script)[4].ca, std::nullopt);
  EXPECT_EQ((*script)[5].ca, 1U);
  EXPECT_DOUBLE_EQ((*script)[6].share, 0.05);
  EXPECT_EQ(script->back().kind, Happening::Kind::nodes_off);
}

TEST(SimulationScript, SaysWhichLineIsWrong) {
  for (const auto* wrong :
       {"x ca-down 3d", "1d", "1d ca-down", "1d ca-down 3", "1d ca-down 3x", "1d kill c between 2s", "1d kill a never 2s",
        "1d break 5 missing", "1d break 5% gone", "1d earthquake 3d", "1d ca-down 3d third", "1d revoke 5"}) {
    const auto script = read_script(std::string("1d ca-down 3d\n") + wrong);
    ASSERT_FALSE(script) << wrong;
    EXPECT_THAT(script.error().message, ::testing::HasSubstr("Line 2")) << wrong;
  }
}

}  // namespace
}  // namespace carillon::certs::testing
