#include "incidents/plan.hpp"

#include <gtest/gtest.h>

namespace carillon::incidents {
namespace {

using namespace std::chrono_literals;

const Time kBegin{std::chrono::sys_days{std::chrono::year{2026} / 11 / 24}};

/// When the steps come, counted from the beginning, when somebody looks every minute.
std::vector<Duration> steps(std::optional<Duration> noticed, Duration until) {
  const auto noticed_at = noticed ? std::optional{kBegin + *noticed} : std::nullopt;
  Progress progress{.begun = kBegin, .steps = 0, .last = {}};
  std::vector<Duration> found;
  for (auto now = kBegin; now <= kBegin + until; now += 1min) {
    if (const auto next = caught_up(progress, noticed_at, now)) {
      EXPECT_EQ(next->steps, progress.steps + 1) << "no step is left out";
      progress = *next;
      found.push_back(now - kBegin);
    }
  }
  return found;
}
using Steps = std::vector<Duration>;

TEST(Plan, ItsStepsComeWhenTheyAreToCome) {
  EXPECT_EQ(steps({}, 73h), (Steps{0h, 4h, 12h, 24h, 48h, 72h}));
  EXPECT_EQ(steps(24h * 365, 49h), (Steps{0h, 4h, 12h, 24h, 48h}));
  EXPECT_EQ(steps({}, 24h * 365).size(), 3U + 365U) << "daily, for ever";
}

TEST(Plan, ShrinksWhenLessThanADayRemains) {
  EXPECT_EQ(steps(23h, 16h), (Steps{0h, 15min, 1h, 3h, 9h, 15h}));
  EXPECT_EQ(steps(24h, 10h), (Steps{0h, 15min, 1h, 3h, 9h}));
  EXPECT_EQ(steps(-48h, 28h), (Steps{0h, 15min, 1h, 3h, 9h, 15h, 21h, 27h})) << "what was noticed long ago is no less urgent";
}

TEST(Plan, ShrinksHalfWayWithoutTakingAStepTwice) {
  EXPECT_EQ(steps(26h, 12h), (Steps{0h, 2h, 2h + 45min, 4h + 45min, 10h + 45min})) << "step 1 comes when the shrink sets in";
  EXPECT_EQ(steps(24h + 5min, 4h), (Steps{0h, 15min, 1h, 3h})) << "the short pause is counted from the step before";
  EXPECT_EQ(steps(48h, 37h), (Steps{0h, 4h, 12h, 24h, 30h, 36h}));
  EXPECT_EQ(steps(60h, 49h), (Steps{0h, 4h, 12h, 24h, 36h, 42h, 48h})) << "in the middle of a day's pause";
  EXPECT_EQ(steps(28h, 8h), (Steps{0h, 4h, 4h + 45min, 6h + 45min})) << "a step and the shrink at one moment are one message";
}

TEST(Plan, WhatWasMissedIsOneStepAndTheRestStaysWhereItWas) {
  const Progress recipients{.begun = kBegin, .steps = 1, .last = kBegin};
  EXPECT_FALSE(caught_up(recipients, {}, kBegin + 4h - 1us));
  const auto late = caught_up(recipients, {}, kBegin + 13h);
  ASSERT_TRUE(late);
  EXPECT_EQ(*late, (Progress{.begun = kBegin, .steps = 3, .last = kBegin + 12h}));
  EXPECT_EQ(next_step(*late, {}), kBegin + 24h);
  const auto a_year = caught_up(recipients, kBegin, kBegin + 24h * 365);
  ASSERT_TRUE(a_year);
  EXPECT_EQ(a_year->last, kBegin + 3h + 6h * ((24 * 365 - 3) / 6));
}

TEST(Plan, ADateThatMovesAwayGivesTheLongPausesBack) {
  const Progress recipients{.begun = kBegin, .steps = 2, .last = kBegin + 15min};
  EXPECT_EQ(next_step(recipients, kBegin + 10h), kBegin + 1h);
  EXPECT_EQ(next_step(recipients, kBegin + 24h * 90), kBegin + 15min + 8h);
}

const Stewardship kBoth{"steward@x", "deputy@x", "net"};
const std::vector<std::string> kOperators{"op1@x", "op2@x"}, kOwners{"owner@x"};

std::vector<std::string> addresses(const std::vector<Recipient>& recipients) {
  std::vector<std::string> result;
  for (const auto& each : recipients) result.push_back(each.address);
  return result;
}
using Addresses = std::vector<std::string>;

TEST(Plan, MorePeopleAreToldFromStepToStep) {
  EXPECT_EQ(told_at(0, kBoth, kOperators, kOwners), (std::vector<Recipient>{{"steward@x", Role::steward}}));
  EXPECT_EQ(told_at(1, kBoth, kOperators, kOwners), (std::vector<Recipient>{{"steward@x", Role::steward}, {"deputy@x", Role::deputy}}));
  EXPECT_EQ(addresses(told_at(2, kBoth, kOperators, kOwners)), (Addresses{"steward@x", "deputy@x", "op1@x", "op2@x"}));
  for (const int step : {3, 4, 1000})
    EXPECT_EQ(addresses(told_at(step, kBoth, kOperators, kOwners)), (Addresses{"steward@x", "deputy@x", "op1@x", "op2@x", "owner@x"}));
}

TEST(Plan, WhoIsNotSetIsReplacedByTheNext) {
  EXPECT_EQ(told_at(0, {"", "deputy@x", ""}, kOperators, {}), (std::vector<Recipient>{{"deputy@x", Role::deputy}}));
  EXPECT_EQ(addresses(told_at(0, {}, kOperators, kOwners)), (Addresses{"op1@x", "op2@x"}));
  EXPECT_EQ(addresses(told_at(0, {}, {}, kOwners)), (Addresses{"owner@x"}));
  EXPECT_EQ(addresses(told_at(1, {"steward@x", "", ""}, kOperators, {})), (Addresses{"steward@x"}));
  EXPECT_TRUE(told_at(0, {}, {}, {}).empty());
}

TEST(Plan, WhatWasLeftOpenFallsToTheMachinesPeople) {
  const Stewardship machine{"ops@x", "second@x", ""};
  const auto in_charge = or_machine({"ada@x", "", ""}, machine);
  EXPECT_EQ(in_charge.steward, "ada@x");
  EXPECT_EQ(in_charge.deputy, "second@x");
  EXPECT_EQ(or_machine({}, machine).steward, "ops@x");
  EXPECT_EQ(or_machine({"", "", "net"}, machine).steward, "") << "a network's matters are its own";
}

TEST(Plan, WhatIsANetworksOwnWakesNoOperator) {
  for (const int step : {0, 1, 2, 3, 1000}) {
    EXPECT_EQ(told_at(step, {"", "", "net"}, kOperators, kOwners), (std::vector<Recipient>{{"owner@x", Role::owners}})) << step;
    EXPECT_EQ(addresses(told_at(step, {"", "", "net"}, kOperators, {})), (Addresses{"op1@x", "op2@x"})) << "there is nobody else";
  }
}

TEST(Plan, WhoStandsInTwoRolesIsToldOnce) {
  const std::vector<std::string> operators{"STEWARD@x", "other@x", "other@x"};
  EXPECT_EQ(told_at(3, {"steward@x", "Steward@X", ""}, operators, operators),
            (std::vector<Recipient>{{"steward@x", Role::steward}, {"other@x", Role::operators}}));
}

TEST(Plan, AttemptsRestLongerAndLonger) {
  EXPECT_EQ(pause_after(1), 1min);
  EXPECT_EQ(pause_after(2), 5min);
  EXPECT_EQ(pause_after(3), 15min);
  EXPECT_EQ(pause_after(4), 1h);
  EXPECT_EQ(pause_after(400), 1h);
}

}  // namespace
}  // namespace carillon::incidents
