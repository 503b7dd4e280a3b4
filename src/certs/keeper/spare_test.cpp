// The second certificate of a name: when it is made, and when it takes over.

#include "certs/keeper/inventory_queries.hpp"
#include "certs/keeper/testing/world.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace carillon::certs {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using testca::Act;
using testca::FaultKind;
using testca::RequestKind;
using testing::KeeperWorld;

constexpr auto kName = "www.example.org";

class SpareTest : public ::testing::Test {
 protected:
  SpareTest() { world.keep(kName); }

  std::optional<StoredCertificate> spare() { return world.keeper->find(kName).value().spare; }
  StoredCertificate current() { return world.keeper->find(kName).value().current.value(); }
  std::size_t orders_at(const std::string& issuer) {
    std::size_t count = 0;
    world.ca_of(issuer).read_ledger([&](const testca::LedgerEntry& entry) { count += entry.act == Act::order ? 1 : 0; });
    return count;
  }
  bool made() {
    return world.run_until([&] { return spare().has_value() && world.is_seen(kName); });
  }

  KeeperWorld world{{}, {"second"}};
};

TEST_F(SpareTest, TheSecondIssuerGivesOneOnceTheFirstOneIsSeen) {
  ASSERT_TRUE(made());
  EXPECT_EQ(current().issuer, "first");
  EXPECT_EQ(spare()->issuer, "second");
  EXPECT_EQ(world.served(kName)->serial_hex(), current().serial) << "what is served is the first one's";
  EXPECT_THAT(world.steps_of(kName), ::testing::ElementsAre("due", "ordered", "validated", "issued", "stored", "loaded", "seen", "due",
                                                            "window", "ordered", "validated", "issued", "spare"));
  EXPECT_EQ(world.keeper->find(kName)->state, "ok");
}

TEST_F(SpareTest, WhatIsServedStaysOkWhileItIsMade) {
  ASSERT_TRUE(world.run_until([&] { return orders_at("second") == 1; }));
  const auto status = world.keeper->find(kName);
  EXPECT_EQ(status->state, "ok");
  EXPECT_EQ(status->next_step, Step::due);
  EXPECT_GT(*status->next_step_at, world.clock.now() + days{50});
}

TEST_F(SpareTest, ItIsRenewedHalfWayBetweenTheRenewalsOfWhatIsServed) {
  ASSERT_TRUE(made());
  const auto first = spare()->serial;
  world.run_for(days{29});
  EXPECT_EQ(spare()->serial, first);
  world.run_for(days{2});
  EXPECT_NE(spare()->serial, first) << "made together, they would end together";
  world.run_for(days{28});
  EXPECT_EQ(orders_at("second"), 2U);
  EXPECT_EQ(orders_at("first"), 1U);
  // From now on each has its own dates, and these stay apart.
  world.run_for(days{300});
  EXPECT_EQ(orders_at("second"), 7U);
  EXPECT_EQ(orders_at("first"), 6U);
  EXPECT_GT(std::chrono::abs(spare()->validity.not_after - current().validity.not_after), days{25});
}

TEST_F(SpareTest, ItTakesOverInTheLastTwentiethWhenNobodyRenews) {
  ASSERT_TRUE(made());
  world.run_for(days{58});
  const auto serial = spare()->serial;
  const auto end = current().validity.not_after;
  for (const auto* issuer : {"first", "second"}) world.ca_of(issuer).add_fault({.kind = FaultKind::no_answer});
  world.run_for(end - days{5} - world.clock.now());
  EXPECT_EQ(current().issuer, "first");
  EXPECT_NE(world.incidents.find_open("renewal-failed", kName), nullptr);
  world.run_for(days{1});
  EXPECT_EQ(current().issuer, "second");
  EXPECT_EQ(world.served(kName)->serial_hex(), serial);
  world.run_for(end + days{1} - world.clock.now());
  EXPECT_NE(world.keeper->find(kName)->state, "expired");
  for (const auto* issuer : {"first", "second"}) world.ca_of(issuer).clear_faults();
  world.run_for(days{1});
  EXPECT_EQ(world.keeper->find(kName)->state, "ok");
  EXPECT_TRUE(spare().has_value());
  EXPECT_TRUE(world.incidents.open.empty());
}

TEST_F(SpareTest, ARevokedOneThatNobodyReplacesGivesWay) {
  ASSERT_TRUE(made());
  const auto serial = spare()->serial;
  ASSERT_TRUE(world.ca->revoke(world.ca->certificates(kName).front().identifier));
  world.ca->add_fault({.kind = FaultKind::server_error, .at = RequestKind::new_order});
  world.ca_of("second").add_fault({.kind = FaultKind::server_error, .at = RequestKind::new_order});
  ASSERT_TRUE(world.run_until([&] { return world.served(kName)->serial_hex() == serial && world.is_seen(kName); }, days{1}));
  EXPECT_EQ(current().issuer, "second");
  EXPECT_EQ(world.keeper->find(kName)->state, "ok");
  EXPECT_EQ(world.incidents.find_open("renewal-failed", kName), nullptr);
}

TEST_F(SpareTest, ItIsServedWhenWhatWasServedCannotBeRead) {
  ASSERT_TRUE(made());
  const auto serial = spare()->serial;
  ASSERT_TRUE(world.database->write_now([&](db::Session& session) -> Result<> {
    auto broken = find_certificate(session, world.keeper->find(kName)->kept.current).value();
    broken.sealed_key = "nonsense";
    put_certificate(session, broken);
    return {};
  }));
  world.ca->add_fault({.kind = FaultKind::no_answer});
  world.restart();
  ASSERT_TRUE(world.run_until([&] { return world.is_seen(kName) && world.served(kName); }, seconds{10}));
  EXPECT_EQ(world.served(kName)->serial_hex(), serial);
}

TEST_F(SpareTest, APersonPutsItInForce) {
  ASSERT_TRUE(made());
  const auto serial = spare()->serial;
  ASSERT_TRUE(world.keeper->use_spare(kName, "ada@example.org"));
  ASSERT_TRUE(world.run_until([&] { return world.is_seen(kName) && world.served(kName)->serial_hex() == serial; }, minutes{1}));
  // What was served has no successor as a spare: the first issuer gives one.
  ASSERT_TRUE(world.run_until([&] { return spare().has_value(); }));
  EXPECT_EQ(current().issuer, "second");
  EXPECT_EQ(spare()->issuer, "first");
}

TEST_F(SpareTest, APersonIsToldThatThereIsNone) {
  const auto refused = world.keeper->use_spare(kName, "ada@example.org");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::conflict);
  EXPECT_THAT(refused.error().message, ::testing::HasSubstr("no spare"));
}

TEST_F(SpareTest, AFailingSecondIssuerTouchesNothingAndIsToldOnceItLasts) {
  world.ca_of("second").add_fault({.kind = FaultKind::no_answer});
  world.run_for(hours{20});
  EXPECT_TRUE(world.incidents.open.empty());
  EXPECT_EQ(world.keeper->find(kName)->state, "ok");
  EXPECT_EQ(world.keeper->find(kName)->kept.failures, 0);
  world.run_for(days{2});
  const auto* report = world.incidents.find_open("spares-failing", "second");
  ASSERT_NE(report, nullptr);
  EXPECT_THAT(report->what, ::testing::HasSubstr(kName));
  EXPECT_EQ(world.keeper->find(kName)->state, "ok");
  world.ca_of("second").clear_faults();
  world.run_for(hours{8});
  EXPECT_TRUE(spare().has_value());
  EXPECT_TRUE(world.incidents.open.empty());
}

TEST_F(SpareTest, ARenewalThatIsDueIsNotHeldUpByASpareThatHangs) {
  ASSERT_TRUE(made());
  const auto serial = world.served(kName)->serial_hex();
  world.ca_of("second").add_fault({.kind = FaultKind::hung_order});
  ASSERT_TRUE(world.keeper->use_spare(kName, "ada@example.org"));
  ASSERT_TRUE(world.run_until([&] { return world.is_seen(kName); }, minutes{1}));
  ASSERT_TRUE(world.run_until([&] { return spare().has_value(); }));
  ASSERT_TRUE(world.keeper->use_spare(kName, "ada@example.org"));
  // The second issuer's order for a spare hangs now; what is served is asked to be renewed.
  ASSERT_TRUE(world.run_until([&] { return orders_at("second") == 2; }));
  ASSERT_TRUE(world.keeper->renew(kName, "ada@example.org"));
  ASSERT_TRUE(world.run_until([&] { return world.is_seen(kName) && world.served(kName)->serial_hex() != serial; }, minutes{2}));
  EXPECT_EQ(current().issuer, "first");
}

TEST_F(SpareTest, ACertificateThatIsBroughtInMeanwhileIsServed) {
  world.ca_of("second").add_fault({.kind = FaultKind::hung_order});
  ASSERT_TRUE(world.run_until([&] { return orders_at("second") == 1; }));
  ASSERT_TRUE(world.keeper->find(kName)->kept.for_spare);
  const auto id = current().id;
  const auto read =
      world.database->read_now([&](db::Session& session) -> Result<StoredCertificate> { return find_certificate(session, id).value(); });
  const auto& stored = read.value();
  // Its own certificate once more, as somebody else would bring it.
  const auto der = world.master.open_sealed(stored.sealed_key, "certificate-key:" + std::string(kName));
  const auto key = crypto::PrivateKey::from_der(der.value()).value().to_pem().value();
  const auto imported = world.keeper->import_certificate(kName, stored.chain, key);
  ASSERT_TRUE(imported && imported->certificate) << (imported ? imported->checks.back().what : imported.error().message);
  EXPECT_FALSE(world.keeper->find(kName)->kept.for_spare);
  ASSERT_TRUE(world.run_until([&] { return world.is_seen(kName); }, minutes{1}));
}

TEST_F(SpareTest, AKillAtEveryStepOrdersNothingTwice) {
  for (int kills = 0; kills < 300 && !spare(); ++kills) {
    // After a restart it looks and asks for renewal information first: one, two or three things, then everything in memory is lost.
    for (int things = 0; things < kills % 3 && world.keeper->work(); ++things) {}
    if (!world.keeper->work()) world.clock.set(std::max(world.clock.now(), world.keeper->next().value_or(world.clock.now() + seconds{1})));
    world.restart();
  }
  ASSERT_TRUE(spare().has_value());
  EXPECT_EQ(orders_at("first"), 1U);
  EXPECT_EQ(orders_at("second"), 1U);
}

TEST(Spare, ThereIsNoneWhereOneIssuerIsConfigured) {
  KeeperWorld world;
  world.keep(kName);
  world.run_for(days{1});
  EXPECT_TRUE(world.is_seen(kName));
  EXPECT_FALSE(world.keeper->find(kName)->spare.has_value());
}

TEST(Spare, WhatOneIssuerAloneMayIssueHasNone) {
  KeeperWorld world{{}, {"second"}};
  world.keep(kName, "first");
  world.run_for(days{1});
  EXPECT_FALSE(world.keeper->find(kName)->spare.has_value());
}

}  // namespace
}  // namespace carillon::certs
