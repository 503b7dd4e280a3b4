// Clocks that are wrong: what is not valid yet, what a clock that was ahead leaves behind, and who is told of it.

#include "certs/keeper/clocks.hpp"
#include "certs/keeper/inventory_queries.hpp"
#include "certs/keeper/testing/world.hpp"
#include "crypto/testing/authority.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <barrier>
#include <thread>

namespace carillon::certs {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using testca::Act;
using testca::FaultKind;
using testca::RequestKind;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::KeeperWorld;

constexpr auto kName = "www.example.org";

// ---- Not valid yet ----

class NotYetValid : public ::testing::Test {
 protected:
  NotYetValid() { world.keep(kName, "manual"); }
  Keeper::Import import(Time not_before, Time not_after) {
    const auto served = authority.make(kName, not_before, not_after);
    std::string chain;
    for (const auto& link : served.chain) chain += link.to_pem().value();
    return world.keeper->import_certificate(kName, chain, served.key->to_pem().value()).value();
  }
  std::string serial() { return world.served(kName)->serial_hex(); }

  KeeperWorld world;
  const Time begin = world.clock.now();
  crypto::testing::Authority authority{begin};
};

TEST_F(NotYetValid, AnImportWaitsForItsDayAndThenTakesOver) {
  ASSERT_TRUE(import(begin - days{1}, begin + days{30}).certificate);
  ASSERT_TRUE(world.run_until([&] { return world.is_seen(kName); }));
  const auto old = serial();
  const auto imported = import(begin + hours{3}, begin + days{90});
  ASSERT_TRUE(imported.certificate);
  EXPECT_THAT(imported.checks,
              ::testing::Contains(::testing::Field(&Keeper::Check::what, HasSubstr("it is stored and will be installed then"))));
  world.run_for(hours{2});
  EXPECT_EQ(serial(), old) << "what is not valid yet never stands before what is";
  EXPECT_EQ(world.keeper->find(kName)->state, "renewing");
  world.restart();
  world.run_for(minutes{30});
  EXPECT_EQ(serial(), old) << "nor after a restart";
  world.run_for(hours{1});
  EXPECT_NE(serial(), old);
  EXPECT_EQ(serial(), imported.certificate->serial);
  EXPECT_EQ(world.keeper->find(kName)->state, "ok");
}

TEST_F(NotYetValid, IsAFindingAndNotOkWhereThereIsNothingElse) {
  ASSERT_TRUE(import(begin + minutes{8}, begin + days{90}).certificate);
  world.settle();
  const auto status = world.keeper->find(kName).value();
  EXPECT_EQ(status.state, "late");
  EXPECT_THAT(status.findings, ElementsAre(crypto::Finding::not_yet_valid));
  EXPECT_FALSE(world.is_seen(kName)) << "the right one is served, and clients refuse it";
  world.run_for(minutes{20});
  EXPECT_TRUE(world.is_seen(kName));
  EXPECT_EQ(world.keeper->find(kName)->state, "ok");
  EXPECT_THAT(world.keeper->find(kName)->findings, IsEmpty());
}

TEST_F(NotYetValid, ASpareThatIsValidTakesItsPlace) {
  KeeperWorld two{{}, {"second"}};
  two.keep(kName);
  ASSERT_TRUE(two.run_until([&] { return two.keeper->find(kName)->spare.has_value() && two.is_seen(kName); }));
  const auto spare = two.keeper->find(kName)->spare->serial;
  two.database
      ->write_now([&](db::Session& session) -> Result<> {
        auto stored = find_certificate(session, two.keeper->find(kName)->current->id).value();
        remove_name(session, "nobody");
        stored.id.front() = stored.id.front() == '0' ? '1' : '0';  // another one
        stored.validity.not_before = begin + days{20};
        put_certificate(session, stored);
        auto row = take_name(session, kName, "alone", two.clock.now(), two.clock.now()).value();
        row.current = stored.id;
        EXPECT_TRUE(write_name(session, row, two.clock.now()));
        return {};
      })
      .value();
  two.restart();
  two.run_for(minutes{1});
  EXPECT_EQ(two.served(kName)->serial_hex(), spare);
}

// ---- A clock that was ahead, or behind ----

class WrongClock : public ::testing::TestWithParam<Duration> {
 protected:
  Duration by() const { return GetParam(); }
  void set_back(KeeperWorld& world, Duration passed) {
    const auto was = world.clock.now();
    world.clock.set(was - by());
    ASSERT_LT(passed, hours{1});
    world.keeper->clock_set_back({.was = was, .now = world.clock.now()});
  }
};

TEST_P(WrongClock, AheadOfTheCaOrdersNothingAndLeavesNothingBehind) {
  KeeperWorld world;
  world.keep(kName);
  ASSERT_TRUE(world.run_until([&] { return world.is_seen(kName); }));
  world.run_for(hours{1});
  const auto renew_at = world.keeper->find(kName)->kept.renew_at;
  const auto serial = world.served(kName)->serial_hex();
  const auto off = world.ca->add_fault({.kind = FaultKind::date_off, .delay = -by()});
  world.clock.advance(by());
  world.run_for(minutes{30});
  const auto* report = world.incidents.find_open("clock", "first");
  if (world.keeper->find(kName)->state != "ok") ASSERT_NE(report, nullptr);
  if (report) EXPECT_THAT(report->what, HasSubstr("This machine's clock is"));
  world.ca->remove_fault(off);
  set_back(world, minutes{30});
  world.run_for(minutes{5});
  EXPECT_EQ(world.served(kName)->serial_hex(), serial);
  EXPECT_EQ(world.keeper->find(kName)->state, "ok");
  EXPECT_EQ(world.keeper->find(kName)->kept.renew_at, renew_at);
  EXPECT_TRUE(world.incidents.open.empty()) << world.incidents.open.begin()->first.first;
  EXPECT_EQ(world.count(Act::order), 1U) << "no storm";
  world.run_for(days{58});
  EXPECT_EQ(world.count(Act::order), 1U);
  world.run_for(days{3});
  EXPECT_EQ(world.count(Act::issuance), 2U) << "and the renewal comes on its day";
}

TEST_P(WrongClock, AheadTogetherWithTheCaIsServedWhatIsValidAfterwards) {
  KeeperWorld world;
  world.keep(kName);
  ASSERT_TRUE(world.run_until([&] { return world.is_seen(kName); }));
  const auto serial = world.served(kName)->serial_hex();
  world.clock.advance(by());
  world.run_for(minutes{30});
  set_back(world, minutes{30});
  world.restart();
  world.run_for(minutes{15});
  EXPECT_EQ(world.served(kName)->serial_hex(), serial) << "the one that is valid, not the newer one that will be";
  EXPECT_EQ(world.keeper->find(kName)->state, "ok");
  EXPECT_LE(world.count(Act::order), 2U);
}

TEST_P(WrongClock, LocalCertificatesAreMadeAnew) {
  KeeperWorld world;
  world.keep("studio.test");
  ASSERT_TRUE(world.run_until([&] { return world.is_seen("studio.test"); }));
  world.clock.advance(by());
  world.run_for(minutes{30});
  set_back(world, minutes{30});
  world.run_for(minutes{2});
  const auto served = world.served("studio.test");
  ASSERT_TRUE(served);
  EXPECT_LE(served->not_before(), world.clock.now());
  EXPECT_EQ(world.keeper->find("studio.test")->state, "ok");
  EXPECT_TRUE(world.is_seen("studio.test"));
}

TEST_P(WrongClock, APauseAfterAFailureEndsAsMuchSooner) {
  KeeperWorld world;
  world.ca->add_fault({.kind = FaultKind::server_error, .at = RequestKind::new_order});
  world.keep(kName);
  world.run_for(minutes{5});
  world.clock.advance(by());
  world.run_for(minutes{30});
  const auto left = world.keeper->find(kName)->kept.next_try - world.clock.now();
  set_back(world, minutes{30});
  EXPECT_LE(world.keeper->find(kName)->kept.next_try - world.clock.now(), std::max<Duration>(left, minutes{1}));
  world.ca->clear_faults();
  EXPECT_TRUE(world.run_until([&] { return world.is_seen(kName); }, left + minutes{10})) << "nobody waits for the difference";
}

TEST_P(WrongClock, WhatACaAskedForEndsAsMuchSooner) {
  KeeperWorld world;
  world.clock.advance(by());
  world.ca->add_fault({.kind = FaultKind::rate_limited, .at = RequestKind::new_order, .count = 2, .retry_after = minutes{20}});
  world.keep(kName);
  world.keep("mail.example.org");
  world.run_for(minutes{5});
  set_back(world, minutes{5});
  EXPECT_TRUE(world.run_until([&] { return world.is_seen(kName) && world.is_seen("mail.example.org"); }, hours{1}));
}

TEST_P(WrongClock, BehindIsNoticedAndOrdersNothing) {
  KeeperWorld world;
  world.keep(kName);
  ASSERT_TRUE(world.run_until([&] { return world.is_seen(kName); }));
  const auto right = world.clock.now();
  world.clock.set(right - by());
  world.keeper->clock_set_back({.was = right, .now = world.clock.now()});
  world.ca->add_fault({.kind = FaultKind::date_off, .delay = by()});
  world.run_for(minutes{20});
  ASSERT_NE(world.incidents.find_open("clock", "first"), nullptr);
  EXPECT_THAT(world.incidents.find_open("clock", "first")->what, HasSubstr("behind"));
  EXPECT_EQ(world.count(Act::order), 1U);
  world.ca->clear_faults();
  world.clock.set(right + minutes{20});
  world.run_for(hours{13});
  EXPECT_TRUE(world.incidents.open.empty());
  EXPECT_EQ(world.keeper->find(kName)->state, "ok");
}

INSTANTIATE_TEST_SUITE_P(ByAnHourTenDaysAndAYear, WrongClock,
                         ::testing::Values(Duration{hours{1}}, Duration{days{10}}, Duration{days{365}}),
                         [](const auto& given) { return std::to_string(std::chrono::duration_cast<hours>(given.param).count()) + "h"; });

TEST(Clock, EightMinutesAreTold) {
  KeeperWorld world;
  world.ca->add_fault({.kind = FaultKind::date_off, .delay = minutes{8}});
  world.keep(kName);
  ASSERT_TRUE(world.run_until([&] { return world.is_seen(kName); })) << "and no reason not to order";
  const auto* report = world.incidents.find_open("clock", "first");
  ASSERT_NE(report, nullptr);
  EXPECT_THAT(report->what, HasSubstr("This machine's clock is 8 minutes behind that of “first”"));
  world.ca->clear_faults();
  world.run_for(hours{13});
  EXPECT_EQ(world.incidents.find_open("clock", "first"), nullptr) << "seen at the next question, without an order";
}

TEST(Clock, WhatTwoThreadsTellAtOnceIsWhatIsRemembered) {
  constexpr int kRounds = 1'500;
  KeeperWorld world;
  IssuerClocks clocks{world.outside()};
  const KeptName row{.name = kName, .issuer = "first"};
  std::barrier both{2};
  int open_and_taken_for_closed = 0, closed_and_taken_for_open = 0;
  std::jthread other{[&] {
    for (int i = 0; i < kRounds; ++i) {
      both.arrive_and_wait();
      clocks.tell(row, "");
      both.arrive_and_wait();
    }
  }};
  const std::string text = "This machine's clock is 8 minutes behind";
  for (int i = 0; i < kRounds; ++i) {
    both.arrive_and_wait();
    clocks.tell(row, text);
    both.arrive_and_wait();
    clocks.tell(row, "");
    if (world.incidents.find_open("clock", "first") != nullptr) ++open_and_taken_for_closed;
    clocks.tell(row, text);
    if (world.incidents.find_open("clock", "first") == nullptr) ++closed_and_taken_for_open;
  }
  other.join();
  EXPECT_EQ(open_and_taken_for_closed, 0);
  EXPECT_EQ(closed_and_taken_for_open, 0);
}

}  // namespace
}  // namespace carillon::certs
