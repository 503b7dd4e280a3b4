// The example of the IAB's guidelines: one address and agent, four requests, three windows.

#include "stats/counting/windows.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace carillon::stats {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;

TEST(Windows, CountTheGuidelinesExample) {
  const Time monday{std::chrono::sys_days{std::chrono::year{2026} / 11 / 23}};
  const std::vector<Time> times{monday + 22h, monday + 27h, monday + 46h + 15min, monday + 71h + 15min};
  EXPECT_THAT(beginnings(times, Window::calendar_day), ElementsAre(true, true, false, true));
  EXPECT_THAT(beginnings(times, Window::first_touch), ElementsAre(true, false, true, true));
  EXPECT_THAT(beginnings(times, Window::last_touch), ElementsAre(true, false, false, true));
}

TEST(Windows, EndExactlyAfterTheirLength) {
  const Time midnight{std::chrono::sys_days{std::chrono::year{2026} / 11 / 24}};
  EXPECT_THAT(beginnings(std::vector{midnight - 1us, midnight}, Window::calendar_day), ElementsAre(true, true));
  EXPECT_THAT(beginnings(std::vector{midnight, midnight + 24h - 1us, midnight + 24h}, Window::first_touch), ElementsAre(true, false, true));
  EXPECT_THAT(beginnings(std::vector{midnight, midnight + 23h, midnight + 46h, midnight + 70h}, Window::last_touch),
              ElementsAre(true, false, false, true));
  EXPECT_THAT(beginnings({}, Window::last_touch), ElementsAre());
}

}  // namespace
}  // namespace carillon::stats
