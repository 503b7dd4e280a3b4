#include "app/clock_watch.hpp"

#include "base/testing/testing.hpp"

#include <gtest/gtest.h>

#include <array>

namespace carillon::app {
namespace {

using namespace std::chrono_literals;

constexpr std::array kMigrations{db::Migration{1, "clock", kClockSchema}};

class WatchingTheClock : public ::testing::Test {
 protected:
  WatchingTheClock() { restart(); }
  void restart() {
    watch = std::make_unique<ClockWatch>(*database, clock, "one");
    watch->on_set_back([this](const SetBack& jump) { jumps.push_back(jump.by()); });
  }

  carillon::testing::TemporaryFolder folder;
  carillon::testing::ManualClock clock;
  std::unique_ptr<db::Database> database = db::Database::open(folder.path() / "clock.db", kMigrations).value();
  std::vector<Duration> jumps;
  std::unique_ptr<ClockWatch> watch;
};

TEST_F(WatchingTheClock, ItIsNoticedOnceThatTheClockWasSetBack) {
  watch->look();
  for (const Duration by : {Duration{1h}, Duration{24h * 10}, Duration{24h * 365}}) {
    jumps.clear();
    clock.advance(by);
    watch->look();
    EXPECT_TRUE(jumps.empty()) << "whoever was away finds the time ahead";
    clock.advance(-by);
    watch->look();
    EXPECT_EQ(jumps, std::vector{by});
    clock.advance(10s);
    watch->look();
    EXPECT_EQ(jumps.size(), 1U);
  }
}

TEST_F(WatchingTheClock, ItIsNoticedAfterARestart) {
  watch->look();
  clock.advance(24h * 365);
  watch->look();
  clock.advance(-24h * 365);
  restart();
  watch->look();
  EXPECT_EQ(jumps, std::vector{Duration{24h * 365}});
  restart();
  watch->look();
  EXPECT_EQ(jumps.size(), 1U) << "put right is put right";
}

TEST_F(WatchingTheClock, ACorrectionOfSecondsIsNone) {
  watch->look();
  clock.advance(-kSetBackNoticed);
  watch->look();
  EXPECT_TRUE(jumps.empty());
}

}  // namespace
}  // namespace carillon::app
