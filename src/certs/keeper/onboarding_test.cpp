// Several names at once: at two CAs, and on two nodes with one account.

#include "certs/keeper/inventory_queries.hpp"
#include "certs/keeper/reports.hpp"
#include "certs/keeper/testing/world.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace carillon::certs {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using testca::Act;
using testca::FaultKind;
using testca::RequestKind;
using ::testing::HasSubstr;
using testing::KeeperWorld;

std::string name_number(int number) { return "www.name" + std::to_string(number) + ".org"; }

TEST(Onboarding, NamesGetTheirFirstCertificateAtTheSecondCaWhenTheFirstOneHasNoRoom) {
  constexpr int kNames = 12;
  KeeperWorld world{{}, {"second"}};
  world.settings.look_every = hours{6};
  world.start();
  world.ca->add_fault({.kind = FaultKind::rate_limited,
                       .at = RequestKind::new_order,
                       .name = {},
                       .count = {},
                       .from = {},
                       .until = world.clock.now() + hours{3},
                       .retry_after = hours{3}});
  for (int i = 0; i < kNames; ++i) world.keep(name_number(i));
  const auto all_are_seen = [&] {
    for (int i = 0; i < kNames; ++i) {
      if (!world.keeper->find(name_number(i))->last_seen.size()) return false;
    }
    return true;
  };
  ASSERT_TRUE(world.run_until(all_are_seen, minutes{10})) << "the first CA accepts orders again after three hours";
  for (int i = 0; i < kNames; ++i) EXPECT_EQ(world.keeper->find(name_number(i))->current->issuer, "second");
  EXPECT_TRUE(world.incidents.open.empty());
  // The first CA gives the spares later, and all are at home again after their renewals.
  world.run_for(days{70});
  for (int i = 0; i < kNames; ++i) {
    const auto status = world.keeper->find(name_number(i));
    EXPECT_EQ(status->current->issuer, "first");
    EXPECT_TRUE(status->spare);
    EXPECT_EQ(status->state, "ok");
  }
}

TEST(Onboarding, ANameThatTheSecondCaMayNotIssueForWaitsForTheFirst) {
  KeeperWorld world{{}, {"second"}};
  world.ca_of("second").change([](testca::Settings& settings) { settings.caa_identities = {"second.test"}; });
  for (int i = 0; i < 3; ++i) world.resolver.set_caa(name_number(i), {{.critical = false, .tag = "issue", .value = "ca.test"}});
  world.ca->add_fault({.kind = FaultKind::rate_limited,
                       .at = RequestKind::new_order,
                       .name = {},
                       .count = {},
                       .from = {},
                       .until = world.clock.now() + hours{1},
                       .retry_after = hours{1}});
  for (int i = 0; i < 3; ++i) world.keep(name_number(i));
  ASSERT_TRUE(world.run_until(
      [&] { return world.is_seen(name_number(0)) && world.is_seen(name_number(1)) && world.is_seen(name_number(2)); }, hours{3}));
}

/// A second node on the same database, with the same CA.
struct OtherNode {
  explicit OtherNode(KeeperWorld& world) {
    auto outside = world.outside();
    auto settings = world.settings;
    settings.node = "other";
    keeper = std::make_unique<Keeper>(World{.clock = outside.clock,
                                            .random = outside.random,
                                            .database = outside.database,
                                            .outgoing = outside.outgoing,
                                            .resolver = outside.resolver,
                                            .prober = outside.prober,
                                            .incidents = outside.incidents,
                                            .table = outside.table,
                                            .challenges = outside.challenges,
                                            .master = outside.master,
                                            .local_ca = outside.local_ca},
                                      settings);
    if (const auto started = keeper->start(); !started) throw std::runtime_error(started.error().message);
  }
  std::unique_ptr<Keeper> keeper;
};

TEST(TwoNodes, OneThatStillHasTheOldKeyOfTheAccountGoesOnWithTheNewOne) {
  testca::Settings settings;
  settings.validation_time = std::chrono::seconds{30};
  KeeperWorld world{settings};
  OtherNode other{world};
  // Both have used the account, and the other node is in the middle of an order when the key changes.
  world.keep("a.example.org");
  ASSERT_TRUE(world.run_until([&] { return world.is_seen("a.example.org"); }));
  const auto kept = other.keeper->keep({.name = "b.example.org", .source = Source::person, .issuer = {}, .in_charge = {}, .port = 443});
  ASSERT_TRUE(kept);
  const auto step = [&] { return other.keeper->find("b.example.org")->kept.step; };
  while (step() != Step::ordered && other.keeper->work()) {}
  ASSERT_EQ(step(), Step::ordered);
  // No one tells it.
  ASSERT_TRUE(world.keeper->roll_over_account("first"));
  const auto end = world.clock.now() + minutes{10};
  while (step() != Step::seen && world.clock.now() < end) {
    while (other.keeper->work()) {}
    world.clock.set(std::max(other.keeper->next().value_or(end), world.clock.now() + std::chrono::milliseconds{1}));
  }
  EXPECT_EQ(step(), Step::seen);
  EXPECT_EQ(other.keeper->find("b.example.org")->kept.failures, 0);
  std::vector<std::string> steps;
  for (const auto& line : *other.keeper->history("b.example.org")) steps.push_back(line.step);
  EXPECT_THAT(steps, ::testing::Contains("waits"));
  EXPECT_THAT(steps, ::testing::Not(::testing::Contains("failed")));
  EXPECT_EQ(world.count(Act::account), 2U) << "created, and its key changed; no second account";
}

TEST(Onboarding, ANameWaitsForTheCaThatIsFreeFirstAndItIsReported) {
  KeeperWorld world{{}, {"second"}};
  const auto refuse = [&](testca::Authority& ca, Duration time) {
    ca.add_fault({.kind = FaultKind::rate_limited,
                  .at = RequestKind::new_order,
                  .name = {},
                  .count = {},
                  .from = {},
                  .until = world.clock.now() + time,
                  .retry_after = time});
  };
  refuse(*world.ca, hours{2});
  refuse(world.ca_of("second"), hours{24});
  world.keep("www.example.org");
  world.run_for(minutes{30});
  const auto* incident = world.incidents.find_open("renewal-failed", "www.example.org");
  ASSERT_TRUE(incident) << "nothing happens for two hours, and the name has no certificate";
  ASSERT_TRUE(world.run_until([&] { return world.is_seen("www.example.org"); }, hours{3}));
  EXPECT_EQ(world.keeper->find("www.example.org")->current->issuer, "first");
}

TEST(Onboarding, ARestoredBackupFromBeforeAChangeOfTheAccountsKeyGetsANewAccount) {
  KeeperWorld world;
  world.settings.look_every = hours{6};
  world.keep("a.example.org");
  ASSERT_TRUE(world.run_until([&] { return world.is_seen("a.example.org"); }));
  const auto stored = world.database->read_now([](db::Session& session) -> Result<AccountRow> { return *find_account(session, "first"); });
  ASSERT_TRUE(world.keeper->roll_over_account("first"));
  ASSERT_TRUE(world.database->write_now([&](db::Session& session) -> Result<> {
    put_account(session, "first", *stored);
    return {};
  }));
  world.restart();
  world.keep("b.example.org");
  ASSERT_TRUE(world.run_until([&] { return world.is_seen("b.example.org"); }));
  EXPECT_EQ(world.count(Act::account), 3U) << "created, its key changed, and another one created";
  // Only the account that ordered a certificate may replace it (RFC 9773 §5).
  const auto first = world.served("a.example.org")->serial_hex();
  ASSERT_TRUE(world.run_until([&] { return world.served("a.example.org")->serial_hex() != first; }, days{89}));
  EXPECT_GT(world.keeper->find("a.example.org")->current->validity.not_after, world.clock.now() + days{30});
  EXPECT_TRUE(world.incidents.open.empty());
}

TEST(FormerGroups, TheIncidentOfANameSaysThatItsFormerGroupsCertificateIsServed) {
  KeeperWorld world;
  world.keep_groups({{"website", {"www.example.org", "example.org"}}});
  ASSERT_TRUE(world.run_until([&] { return world.is_seen("website"); }));
  const auto ends = world.keeper->find("website")->current->validity.not_after;
  world.ca->down_between(world.clock.now(), world.clock.now() + days{30});
  const auto kept = world.keeper->keep_only(Source::configuration, {{.name = "example.org",
                                                                     .source = Source::configuration,
                                                                     .issuer = {},
                                                                     .in_charge = {"ada@example.org", {}, "default"},
                                                                     .port = 443}});
  ASSERT_TRUE(kept);
  ASSERT_TRUE(world.run_until([&] { return world.incidents.find_open("renewal-failed", "example.org") != nullptr; }, hours{8}));
  const auto* incident = world.incidents.find_open("renewal-failed", "example.org");
  EXPECT_THAT(incident->what, HasSubstr("example.org has no certificate of its own, and attempts to get one have failed."));
  EXPECT_THAT(incident->consequence, HasSubstr("Clients get the certificate of the group that example.org was in. It expires on "));
  EXPECT_EQ(incident->noticed_at, ends) << "users notice nothing before";
}

}  // namespace
}  // namespace carillon::certs
