#include "certs/keeper/keeper.hpp"

#include "certs/keeper/inventory_queries.hpp"
#include "certs/keeper/reports.hpp"
#include "certs/keeper/testing/world.hpp"

#include "crypto/memory_bio.hpp"
#include "jobs/node.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <soci/soci.h>

namespace carillon::certs {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using testca::Act;
using testca::Fault;
using testca::FaultKind;
using testca::RequestKind;
using testing::KeeperWorld;

constexpr auto kName = "www.example.org";

std::string public_key_in(const std::string& request_pem) {
  const auto source = crypto::memory_bio_over(request_pem);
  const std::unique_ptr<X509_REQ, crypto::FreeWith<X509_REQ_free>> request{PEM_read_bio_X509_REQ(source.get(), nullptr, nullptr, nullptr)};
  unsigned char* der = nullptr;
  const int length = request ? i2d_PUBKEY(X509_REQ_get0_pubkey(request.get()), &der) : 0;
  std::string key(reinterpret_cast<const char*>(der), static_cast<std::size_t>(std::max(length, 0)));
  OPENSSL_free(der);
  return key;
}

TEST(Keeper, TakesANewNameThroughEveryStep) {
  KeeperWorld world;
  world.keep(kName);
  ASSERT_TRUE(world.run_until([&] { return world.is_seen(kName); }));
  EXPECT_THAT(world.steps_of(kName), ::testing::ElementsAre("due", "ordered", "validated", "issued", "stored", "loaded", "seen"));
  ASSERT_TRUE(world.served(kName));
  EXPECT_THAT(world.served(kName)->names(), ::testing::ElementsAre(kName));
  const auto status = world.keeper->find(kName);
  EXPECT_EQ(status->state, "ok");
  EXPECT_EQ(status->current->issuer, "first");
  ASSERT_EQ(status->last_seen.size(), 1U);
  EXPECT_TRUE(status->last_seen.front().ours);
  EXPECT_TRUE(world.incidents.open.empty());
}

TEST(Keeper, RenewsAtTwoThirdsOfTheLifeAndSaysWhichCertificateItFollows) {
  KeeperWorld world;
  world.keep(kName);
  ASSERT_TRUE(world.run_until([&] { return world.is_seen(kName); }));
  const auto first = world.served(kName)->serial_hex();
  world.run_for(days{59});
  EXPECT_EQ(world.served(kName)->serial_hex(), first);
  ASSERT_TRUE(world.run_until([&] { return world.served(kName)->serial_hex() != first && world.is_seen(kName); }, days{3}));
  EXPECT_EQ(world.count(Act::issuance), 2U);
  bool exempt = false;
  world.ca->read_ledger([&](const testca::LedgerEntry& entry) { exempt = exempt || (entry.act == Act::order && entry.exempt); });
  EXPECT_TRUE(exempt) << "the second order named the certificate it replaces";
}

TEST(Keeper, TellsEachLineOfHistoryOnce) {
  KeeperWorld world;
  std::vector<std::string> reported;
  world.keeper->on_step([&](const KeptName& name, const HistoryLine& line) {
    EXPECT_EQ(name.name, kName);
    reported.push_back(line.step);
  });
  world.keep(kName);
  ASSERT_TRUE(world.run_until([&] { return world.is_seen(kName); }, minutes{2}));
  EXPECT_EQ(reported, world.steps_of(kName));
}

TEST(Keeper, GoesOnAfterAKillAtEveryStepAndOrdersNothingTwice) {
  KeeperWorld world;
  world.keep(kName);
  int kills = 0;
  for (; kills < 200 && !world.is_seen(kName); ++kills) {
    // One step, then everything in memory is lost.
    if (!world.keeper->work()) world.clock.set(std::max(world.clock.now(), world.keeper->next().value_or(world.clock.now() + seconds{1})));
    world.restart();
  }
  EXPECT_TRUE(world.is_seen(kName));
  EXPECT_EQ(world.count(Act::order), 1U);
  EXPECT_EQ(world.count(Act::issuance), 1U);
  EXPECT_GE(kills, 7) << "there was a kill after each step";
}

/// How a name fares whose order is placed just before everything is switched off for so long.
void away_after_ordering(KeeperWorld& world, Duration away) {
  world.keep(kName);
  ASSERT_TRUE(world.run_until([&] { return world.step_of(kName) == Step::ordered; }));
  world.clock.advance(away);
  world.restart();
}

TEST(Keeper, GoesOnWithAnOrderThatWaitedWhileItWasAway) {
  KeeperWorld world;
  away_after_ordering(world, days{2});
  ASSERT_TRUE(world.run_until([&] { return world.is_seen(kName); }, minutes{1}));
  EXPECT_EQ(world.count(Act::order), 1U);
  EXPECT_THAT(world.steps_of(kName), ::testing::Not(::testing::Contains("failed")));
}

TEST(Keeper, OrdersAnewAtOnceWhatEndedAtTheCaWhileItWasAway) {
  KeeperWorld world;
  away_after_ordering(world, days{8});
  ASSERT_TRUE(world.run_until([&] { return world.is_seen(kName); }, seconds{30})) << "no pause: nobody has failed";
  EXPECT_EQ(world.count(Act::order), 2U);
  EXPECT_THAT(world.steps_of(kName),
              ::testing::ElementsAre("due", "ordered", "left alone", "ordered", "validated", "issued", "stored", "loaded", "seen"));
}

TEST(Keeper, CountsTheFailureOfTheOrderThatFollowsOneLeftAlone) {
  KeeperWorld world;
  world.keep(kName);
  ASSERT_TRUE(world.run_until([&] { return world.step_of(kName) == Step::ordered; }));
  world.clock.advance(days{8});
  world.resolver.break_name(kName);
  world.restart();
  world.run_for(minutes{20});
  const auto steps = world.steps_of(kName);
  EXPECT_EQ(std::ranges::count(steps, "left alone"), 1);
  const auto failures = world.keeper->find(kName)->kept.failures;
  EXPECT_GE(failures, 2);
  EXPECT_EQ(std::ranges::count(steps, "ordered"), failures + 1) << "each order but the first";
}

TEST(Keeper, OneBrokenNameDelaysNoOtherAndIsReportedAndHealsByItself) {
  KeeperWorld world;
  world.resolver.break_name("broken.example.net");
  world.keep("broken.example.net");
  world.keep(kName);
  ASSERT_TRUE(world.run_until([&] { return world.is_seen(kName); }, minutes{2}));
  world.run_for(days{2});
  const auto* report = world.incidents.find_open("renewal-failed", "broken.example.net");
  ASSERT_NE(report, nullptr);
  EXPECT_EQ(report->in_charge.steward, "ada@example.org");
  EXPECT_THAT(report->what, ::testing::HasSubstr("no address for broken.example.net"));
  EXPECT_THAT(report->remedy, ::testing::HasSubstr("carillon cert history broken.example.net"));
  EXPECT_EQ(world.incidents.find_open("renewal-failed", kName), nullptr);
  // Never more than a CA allows: five failed authorizations in an hour.
  std::vector<Time> failures;
  world.ca->read_ledger([&](const testca::LedgerEntry& entry) {
    if (entry.act == Act::authorization_failure) failures.push_back(entry.time);
  });
  EXPECT_GT(failures.size(), 8U) << "it never gives up";
  for (std::size_t i = 5; i < failures.size(); ++i) EXPECT_GT(failures[i] - failures[i - 5], hours{1});
  world.resolver.mend_name("broken.example.net");
  ASSERT_TRUE(world.run_until([&] { return world.is_seen("broken.example.net"); }, hours{8}));
  EXPECT_EQ(world.incidents.find_open("renewal-failed", "broken.example.net"), nullptr);
}

TEST(Keeper, AsksTheNextIssuerAfterThreeFailures) {
  auto ca = testca::Settings{};
  KeeperWorld world{ca, {"second"}};
  // The first issuer's account cannot order; the second's can.
  world.ca->add_fault({.kind = FaultKind::server_error, .at = RequestKind::new_order, .count = 3});
  world.keep(kName);
  ASSERT_TRUE(world.run_until([&] { return world.is_seen(kName); }, minutes{30}));
  EXPECT_EQ(world.keeper->find(kName)->current->issuer, "second");
  EXPECT_THAT(world.steps_of(kName), ::testing::Contains("next issuer"));
}

TEST(Keeper, RenewsEarlyWhenTheCaRevokedAndSaysSo) {
  KeeperWorld world;
  world.keep(kName);
  ASSERT_TRUE(world.run_until([&] { return world.is_seen(kName); }));
  world.run_for(days{1});
  const auto first = world.served(kName)->serial_hex();
  ASSERT_TRUE(world.ca->revoke(world.ca->certificates(kName).front().identifier));
  ASSERT_TRUE(world.run_until([&] { return world.served(kName)->serial_hex() != first; }, hours{7}))
      << "renewal information is asked for at least every six hours";
  world.run_for(days{3});
  EXPECT_EQ(world.count(Act::issuance), 2U) << "the window spoke of the old certificate alone";
}

TEST(Keeper, OrdersWithoutReplacesWhenThatIsRefused) {
  KeeperWorld world;
  world.keep(kName);
  ASSERT_TRUE(world.run_until([&] { return world.is_seen(kName); }));
  world.ca->add_fault({.kind = FaultKind::replaces_refused});
  const auto first = world.served(kName)->serial_hex();
  world.run_for(days{62});
  EXPECT_NE(world.served(kName)->serial_hex(), first);
  EXPECT_THAT(world.steps_of(kName), ::testing::Contains("refused"));
  EXPECT_TRUE(world.incidents.open.empty());
}

TEST(Keeper, RegistersAgainWithACaThatLostItsMemory) {
  KeeperWorld world;
  world.keep(kName);
  ASSERT_TRUE(world.run_until([&] { return world.is_seen(kName); }));
  const auto first = world.served(kName)->serial_hex();
  world.ca->forget_everything();
  world.run_for(days{62});
  EXPECT_NE(world.served(kName)->serial_hex(), first);
}

TEST(Keeper, OrdersNothingWhileTheClocksDisagreeAndTellsOfIt) {
  KeeperWorld world;
  world.keep(kName);
  ASSERT_TRUE(world.run_until([&] { return world.is_seen(kName); }));
  const auto off = world.ca->add_fault({.kind = FaultKind::date_off, .delay = days{1}});
  world.run_for(days{62});
  EXPECT_EQ(world.count(Act::order), 1U);
  const auto* report = world.incidents.find_open("clock", "first");
  ASSERT_NE(report, nullptr);
  EXPECT_THAT(report->what, ::testing::HasSubstr("This machine's clock is 24 hours behind that of “first”"));
  EXPECT_NE(world.incidents.find_open("renewal-failed", kName), nullptr);
  world.ca->remove_fault(off);
  world.run_for(hours{7});
  EXPECT_EQ(world.count(Act::issuance), 2U);
  EXPECT_TRUE(world.incidents.open.empty());
}

struct BadCa {
  const char* what;
  Fault fault;
  const char* named;  ///< must stand in the incident when it lasts
};

class KeeperWithABadCa : public ::testing::TestWithParam<BadCa> {};

TEST_P(KeeperWithABadCa, IsServedAfterwardsOrTellsWhy) {
  // While it lasts: an incident that names the cause, no crash, no tight loop. When it is over: a certificate.
  KeeperWorld world;
  world.keep(kName);
  const auto number = world.ca->add_fault(GetParam().fault);
  world.run_for(days{1});
  const auto requests = world.ca->requests();
  std::uint64_t all = 0;
  for (const auto count : requests) all += count;
  EXPECT_LT(all, 3000U) << "a tight loop";
  if (!world.is_seen(kName)) {
    const auto* report = world.incidents.find_open("renewal-failed", kName);
    ASSERT_NE(report, nullptr) << GetParam().what;
    EXPECT_THAT(report->what, ::testing::HasSubstr(GetParam().named)) << report->what;
  }
  world.ca->remove_fault(number);
  ASSERT_TRUE(world.run_until([&] { return world.is_seen(kName); }, hours{36})) << GetParam().what;
  EXPECT_EQ(world.incidents.find_open("renewal-failed", kName), nullptr);
  EXPECT_LE(world.count(Act::refused), 0U + (GetParam().fault.kind == FaultKind::rate_limited ? 20U : 0U)) << "no limit was burnt";
}

INSTANTIATE_TEST_SUITE_P(
    Faults, KeeperWithABadCa,
    ::testing::Values(
        BadCa{"429", {.kind = FaultKind::rate_limited, .at = RequestKind::new_order, .retry_after = hours{1}}, "didn't accept the order"},
        BadCa{
            "500 at the order", {.kind = FaultKind::server_error, .at = RequestKind::new_order, .status = 500}, "didn't accept the order"},
        BadCa{"503 everywhere", {.kind = FaultKind::server_error}, "503"}, BadCa{"no answer", {.kind = FaultKind::no_answer}, "first"},
        BadCa{"hung orders", {.kind = FaultKind::hung_order}, "processing"},
        BadCa{"invalid orders", {.kind = FaultKind::invalid_order}, "didn't issue"},
        BadCa{"truncated bodies", {.kind = FaultKind::truncated_body}, "first"},
        BadCa{"half the content", {.kind = FaultKind::half_body, .at = RequestKind::certificate}, "first"},
        BadCa{"wrong key", {.kind = FaultKind::wrong_key}, "doesn't match the requested key"},
        BadCa{"wrong name", {.kind = FaultKind::wrong_name}, "is for "},
        BadCa{"expired", {.kind = FaultKind::expired_certificate}, "has already expired"},
        BadCa{"missing link", {.kind = FaultKind::missing_intermediate}, "doesn't lead to a root"},
        BadCa{"wrong link", {.kind = FaultKind::wrong_intermediate}, "whose certificates don't match"},
        BadCa{"garbage", {.kind = FaultKind::garbage_directory}, "first"}, BadCa{"no nonces", {.kind = FaultKind::missing_nonce}, "nonce"},
        BadCa{"bad nonces", {.kind = FaultKind::bad_nonce}, "nonce"},
        BadCa{"unknown account", {.kind = FaultKind::account_unknown, .at = RequestKind::new_order}, "ccount"}),
    [](const auto& info) {
      std::string name = info.param.what;
      std::ranges::replace(name, ' ', '_');
      return name;
    });

TEST(Keeper, TwoNodesOnOneDatabaseOrderOnce) {
  KeeperWorld world;
  world.keep(kName);
  acme::ChallengeBoard board;
  CertificateTable table;
  testing::TableProber prober{table, world.resolver};
  auto database = db::Database::open(world.folder.path() / "keeper.db", testing::kKeeperSchema);
  ASSERT_TRUE(database);
  auto settings = world.settings;
  settings.node = "other";
  Keeper other{World{.clock = world.clock,
                     .random = world.random,
                     .database = **database,
                     .outgoing = world.crossroads,
                     .resolver = world.resolver,
                     .prober = prober,
                     .incidents = world.incidents,
                     .table = table,
                     .challenges = board,
                     .master = world.master,
                     .local_ca = nullptr},
               settings};
  ASSERT_TRUE(other.start());
  const auto end = world.clock.now() + days{70};
  while (world.clock.now() < end) {
    for (int i = 0; i < 3; ++i) {
      world.keeper->work();
      other.work();
    }
    ASSERT_TRUE(world.keeper->synchronise());
    ASSERT_TRUE(other.synchronise());
    const auto next = std::min(world.keeper->next().value_or(end), other.next().value_or(end));
    world.clock.set(std::max(world.clock.now() + seconds{1}, next));
  }
  EXPECT_EQ(world.count(Act::order), 2U);
  EXPECT_EQ(world.count(Act::issuance), 2U);
  ASSERT_TRUE(table.certificate_for(kName)) << "the other node hands out what this one fetched";
  EXPECT_EQ(table.certificate_for(kName)->chain_der, world.table->certificate_for(kName)->chain_der);
}

TEST(Keeper, OrdersThatWereLetThroughBeforeARefusalStayBack) {
  KeeperWorld world;
  const auto limited = world.ca->add_fault({.kind = FaultKind::rate_limited, .at = RequestKind::new_order, .retry_after = hours{1}});
  for (int i = 0; i < 20; ++i) world.keep("www.name" + std::to_string(i) + ".org");
  world.run_for(minutes{59});
  const auto asked = [&] { return world.ca->requests()[static_cast<std::size_t>(RequestKind::new_order)]; };
  EXPECT_LE(asked(), 2U) << "after the second name the account is meant";
  // A restart forgets nothing of it.
  world.restart();
  world.run_for(seconds{30});
  EXPECT_LE(asked(), 2U);
  world.ca->remove_fault(limited);
  EXPECT_TRUE(world.run_until([&] { return world.is_seen("www.name19.org"); }, hours{2}));
}

/// A second node on the database of a world; its proofs are found where the first one's are.
struct OtherNode {
  explicit OtherNode(KeeperWorld& world)
      : prober{table, world.resolver},
        database{db::Database::open(world.folder.path() / "keeper.db", testing::kKeeperSchema).value()},
        keeper{World{.clock = world.clock,
                     .random = world.random,
                     .database = *database,
                     .outgoing = world.crossroads,
                     .resolver = world.resolver,
                     .prober = prober,
                     .incidents = world.incidents,
                     .table = table,
                     .challenges = *world.challenges,
                     .master = world.master,
                     .local_ca = nullptr},
               settings_of(world)} {
    keeper.start().value();
  }
  static KeeperSettings settings_of(const KeeperWorld& world) {
    auto settings = world.settings;
    settings.node = "other";
    return settings;
  }
  CertificateTable table;
  testing::TableProber prober;
  std::unique_ptr<db::Database> database;
  Keeper keeper;
};

TEST(Keeper, ANodeThatMissedARenewalDoesNotCallItLate) {
  KeeperWorld world;
  world.keep(kName);
  ASSERT_TRUE(world.run_until([&] { return world.is_seen(kName); }));
  OtherNode other{world};
  // The other one renews; this one is not told of it and comes to its own date of lateness.
  const auto first = world.served(kName)->serial_hex();
  const auto late = world.clock.now() + days{76};
  while (world.clock.now() < late) {
    while (other.keeper.work()) {}
    world.clock.set(std::min(late, std::max(world.clock.now() + seconds{1}, other.keeper.next().value_or(late))));
  }
  ASSERT_EQ(world.count(Act::issuance), 2U);
  world.settle();
  EXPECT_TRUE(world.incidents.open.empty()) << "nobody would ever close it";
  EXPECT_NE(world.served(kName)->serial_hex(), first) << "it has learnt of the new one instead";
}

TEST(Keeper, ANodeThatIsHeldOffByAnothersLeaseWaitsInsteadOfTurningInCircles) {
  KeeperWorld world;
  world.keep("www.manual.org", "manual");
  OtherNode other{world};
  // The other node died in the middle of something: its lease lasts ten minutes.
  const auto taken = other.database->write_now([&](db::Session& session) -> Result<std::optional<KeptName>> {
    return take_name(session, "www.manual.org", "other", world.clock.now() + hours{24}, world.clock.now() + hours{24} + minutes{10});
  });
  ASSERT_TRUE(taken);
  ASSERT_TRUE(*taken);
  world.clock.advance(hours{24} + seconds{1});
  int steps = 0;
  while (steps < 100 && world.keeper->work()) ++steps;
  EXPECT_LT(steps, 5);
  world.run_for(minutes{12});
  EXPECT_NE(world.incidents.find_open("manual-renewal", "www.manual.org"), nullptr);
}

TEST(Keeper, ALeaseEndsWithItsHoldersLifeOrByItsHoldersClock) {
  KeeperWorld world;
  world.keep("www.manual.org", "manual");
  const auto node = jobs::Node::begin(*world.database, world.clock, {.name = "a", .place = "here"}).value();
  const auto take_as = [&](const std::string& life, Time now) {
    return world.database
        ->write_now([&](db::Session& session) -> Result<std::optional<KeptName>> {
          return take_name(session, "www.manual.org", life, now, now + minutes{10});
        })
        .value();
  };
  ASSERT_TRUE(take_as(node->life(), world.clock.now()));
  EXPECT_FALSE(take_as("b/1", world.clock.now() + hours{2})) << "by b's clock it is over";
  ASSERT_TRUE(take_as(node->life(), world.clock.now() - hours{1}));
  EXPECT_TRUE(take_as("b/1", world.clock.now() - hours{2})) << "by a's clock it is over";

  ASSERT_TRUE(take_as("c/1", world.clock.now() - hours{1})) << "b is no node: its lease is judged by our clock";
  ASSERT_TRUE(take_as(node->life(), world.clock.now() + hours{2}));
  EXPECT_FALSE(take_as("b/1", world.clock.now()));
  node->stop();
  EXPECT_TRUE(take_as("b/1", world.clock.now())) << "a has ended";
}

TEST(Keeper, AClockThatIsSetBackShortensNoLeaseOfAnotherNode) {
  KeeperWorld world;
  world.keep("www.manual.org", "manual");
  const auto until = world.clock.now() + hours{2};
  const auto lease_of = [&](const char* holder) {
    return world.database
        ->write_now([&](db::Session& session) -> Result<Time> {
          if (!take_name(session, "www.manual.org", holder, until, until)) return fail(ErrorKind::internal, "not taken");
          clock_set_back(session, {.was = until, .now = world.clock.now()}, {.holder = "alone", .until = world.clock.now() + minutes{10}});
          long long lease = 0;
          session << "SELECT lease_until FROM certificate_names WHERE name = 'www.manual.org'", soci::into(lease);
          return from_microseconds(lease);
        })
        .value();
  };
  EXPECT_EQ(lease_of("other"), until);
  EXPECT_EQ(lease_of("alone"), world.clock.now() + minutes{10});
}

TEST(Keeper, WhatWaitsForRoomForAnOrderIsLookedAtAndToldOfAllTheSame) {
  KeeperWorld world;
  world.keep(kName);
  ASSERT_TRUE(world.run_until([&] { return world.is_seen(kName); }));
  // The CA does not want to hear what is replaced, and takes no other order for a day, again and again.
  world.ca->add_fault({.kind = FaultKind::replaces_refused});
  world.run_for(days{59});
  for (const auto* name : {"www.a.org", "www.b.org"}) world.keep(name);
  world.ca->add_fault({.kind = FaultKind::rate_limited, .at = RequestKind::new_order, .retry_after = hours{24}});
  world.run_for(days{20});
  EXPECT_NE(world.incidents.find_open("renewal-failed", kName), nullptr);
  world.prober->fall_silent(true);
  world.run_for(hours{2});
  EXPECT_NE(world.incidents.find_open("not-seen", kName), nullptr) << "looked at every ten minutes";
}

TEST(Keeper, TellsWhenSomethingElseIsServedThanWhatIsKept) {
  KeeperWorld world;
  world.keep(kName);
  ASSERT_TRUE(world.run_until([&] { return world.is_seen(kName); }));
  const auto old = world.table->certificate_for(kName);
  world.run_for(days{58});
  world.prober->serve_instead(old);  // an old machine that nobody reloaded
  world.run_for(days{3});
  EXPECT_EQ(world.step_of(kName), Step::loaded) << "renewed in the store, but what is served decides";
  const auto* report = world.incidents.find_open("not-seen", kName);
  ASSERT_NE(report, nullptr);
  EXPECT_THAT(report->what, ::testing::HasSubstr("a different certificate"));
  world.prober->serve_instead(nullptr);
  world.run_for(minutes{30});
  EXPECT_EQ(world.step_of(kName), Step::seen);
  EXPECT_TRUE(world.incidents.open.empty());
}

TEST(Keeper, AnAddressWithoutAWayToItKeepsNothingFromBeingSeen) {
  KeeperWorld world;
  world.prober->add_address("[2001:db8::1]:443", Obstacle::no_route);
  world.keep("www.example.org");
  ASSERT_TRUE(world.run_until([&] { return world.is_seen("www.example.org"); }));
  const auto status = world.keeper->find("www.example.org").value();
  ASSERT_EQ(status.last_seen.size(), 1U);
  EXPECT_EQ(status.last_seen.front().address, "192.0.2.1:443");
  EXPECT_EQ(status.state, "ok");
}

TEST(Keeper, AnAddressWhereNobodyIsAnyMoreDoes) {
  KeeperWorld world;
  world.prober->add_address("192.0.2.2:443", Obstacle::unreachable);
  world.keep("www.example.org");
  EXPECT_FALSE(world.run_until([&] { return world.is_seen("www.example.org"); }));
  EXPECT_NE(world.incidents.find_open("not-seen", "www.example.org"), nullptr);
}

TEST(Keeper, SilenceIsToldAfterThreeLooks) {
  KeeperWorld world;
  world.keep(kName);
  ASSERT_TRUE(world.run_until([&] { return world.is_seen(kName); }));
  world.prober->fall_silent(true);
  world.run_for(minutes{12});
  EXPECT_EQ(world.incidents.find_open("not-seen", kName), nullptr);
  world.run_for(minutes{25});
  EXPECT_NE(world.incidents.find_open("not-seen", kName), nullptr);
  world.prober->fall_silent(false);
  world.run_for(minutes{12});
  EXPECT_TRUE(world.incidents.open.empty());
}

TEST(Keeper, WhatWasReportedBeforeARestartIsClosedAfterIt) {
  KeeperWorld world;
  world.keep(kName);
  ASSERT_TRUE(world.run_until([&] { return world.is_seen(kName); }));
  world.prober->fall_silent(true);
  ASSERT_TRUE(world.run_until([&] { return world.incidents.find_open("not-seen", kName) != nullptr; }));
  world.restart();
  EXPECT_EQ(world.keeper->find(kName)->state, "late") << "that has not changed";
  // The prober is a new one, which sees what is served.
  EXPECT_TRUE(world.run_until([&] { return world.incidents.open.empty(); }, minutes{12}));
  EXPECT_THAT(world.steps_of(kName), ::testing::Contains("seen again"));
}

TEST(Keeper, ServesTheNamesOfTheLocalCaAtOnceAndRenewsThemAtHalfTheirLife) {
  KeeperWorld world;
  world.keep("localhost");
  ASSERT_TRUE(world.served("localhost")) << "before any work was done";
  const auto first = world.served("localhost")->serial_hex();
  world.run_for(days{3});
  EXPECT_EQ(world.served("localhost")->serial_hex(), first);
  world.run_for(hours{14});
  EXPECT_NE(world.served("localhost")->serial_hex(), first);
  EXPECT_EQ(world.count(Act::order), 0U);
  EXPECT_THAT(world.steps_of("localhost"),
              ::testing::ElementsAre("due", "issued", "stored", "loaded", "seen", "due", "issued", "stored", "loaded", "seen"));
}

TEST(Keeper, PlacesAtMostTenOrdersInTenSeconds) {
  KeeperWorld world;
  for (int i = 0; i < 60; ++i) world.keep("www.name" + std::to_string(i) + ".org");
  world.run_for(minutes{3});
  std::vector<Time> orders;
  world.ca->read_ledger([&](const testca::LedgerEntry& entry) {
    if (entry.act == Act::order) orders.push_back(entry.time);
  });
  ASSERT_EQ(orders.size(), 60U);
  for (std::size_t i = 10; i < orders.size(); ++i) EXPECT_GE(orders[i] - orders[i - 10], seconds{10});
}

TEST(Keeper, WhatEndsSoonIsOrderedBeforeACrowdOfNewNames) {
  KeeperWorld world;
  world.keep(kName);
  ASSERT_TRUE(world.run_until([&] { return world.is_seen(kName); }));
  const auto down = world.ca->add_fault({.kind = FaultKind::no_answer});
  world.run_for(days{88});
  for (int i = 0; i < 60; ++i) world.keep("www.name" + std::to_string(i) + ".org");
  world.ca->remove_fault(down);
  const auto before = world.ca->ledger().size();
  ASSERT_TRUE(world.keeper->renew(kName, "Ada"));
  world.run_for(minutes{2});
  std::vector<std::string> ordered;
  for (const auto& entry : world.ca->ledger(before)) {
    if (entry.act == Act::order) ordered.push_back(entry.names.front());
  }
  EXPECT_EQ(ordered.size(), 61U);
  EXPECT_LT(std::ranges::find(ordered, kName) - ordered.begin(), OrderBudget::kBurst);
}

TEST(Keeper, SaysThatACertificateHasExpiredAndReplacesItAllTheSame) {
  KeeperWorld world;
  world.keep(kName);
  ASSERT_TRUE(world.run_until([&] { return world.is_seen(kName); }));
  const auto first = world.served(kName)->serial_hex();
  const auto down = world.ca->add_fault({.kind = FaultKind::no_answer});
  world.run_for(days{91});
  EXPECT_EQ(world.keeper->find(kName)->state, "expired");
  EXPECT_EQ(world.served(kName)->serial_hex(), first) << "an expired certificate still says who we are; nothing says nothing";
  const auto* report = world.incidents.find_open("renewal-failed", kName);
  ASSERT_NE(report, nullptr);
  EXPECT_THAT(report->what, ::testing::HasSubstr("expired 23 hours ago"));
  world.ca->remove_fault(down);
  ASSERT_TRUE(world.run_until([&] { return world.served(kName)->serial_hex() != first; }, hours{7}));
  EXPECT_TRUE(world.run_until([&] { return world.incidents.open.empty(); }, hours{1}));
}

TEST(Keeper, TellsBeforeHalfOfTheTimeThatIsLeftHasPassed) {
  KeeperWorld world;
  world.keep(kName);
  ASSERT_TRUE(world.run_until([&] { return world.is_seen(kName); }));
  world.ca->add_fault({.kind = FaultKind::no_answer});
  world.run_for(days{62});
  const auto* report = world.incidents.find_open("renewal-failed", kName);
  ASSERT_NE(report, nullptr);
  EXPECT_THAT(report->consequence, ::testing::HasSubstr("in 2")) << "27 or 28 days before the end: " << report->consequence;
  EXPECT_EQ(world.keeper->find(kName)->state, "late");
}

TEST(Keeper, RemindsOfWhatAPersonRenewsAndKeepsTheOldOneUntilThen) {
  KeeperWorld world;
  world.keep("by-hand.example.org", "manual");
  world.run_for(days{2});
  const auto* report = world.incidents.find_open("manual-renewal", "by-hand.example.org");
  ASSERT_NE(report, nullptr) << "a name kept by hand that never got a certificate";
  EXPECT_TRUE(report->reminder);
  EXPECT_THAT(report->remedy, ::testing::HasSubstr("carillon cert csr by-hand.example.org"));
  EXPECT_EQ(world.keeper->renew("by-hand.example.org", "Ada").error().kind, ErrorKind::conflict);
  const auto request = world.keeper->signing_request("by-hand.example.org");
  ASSERT_TRUE(request) << request.error().message;
  const auto again = world.keeper->signing_request("by-hand.example.org");
  ASSERT_TRUE(again);
  EXPECT_EQ(public_key_in(*again), public_key_in(*request)) << "the same key until it is answered";
}

TEST(Keeper, KeepsAHistoryThatEnds) {
  auto ca = testca::Settings{};
  ca.default_profile = "seconds";
  ca.limits.enforced = false;
  KeeperWorld world{ca};
  world.keep(kName);
  world.run_for(hours{3});
  EXPECT_GT(world.count(Act::issuance), 200U);
  EXPECT_LE(world.steps_of(kName).size(), 1010U);
  EXPECT_TRUE(world.incidents.open.empty());
}

TEST(Keeper, RefusesWhatIsNoNameAndWhatTheIssuerMayNotSign) {
  KeeperWorld world;
  const auto keep = [&](const char* name, const char* issuer) {
    return world.keeper->keep({.name = name, .source = Source::person, .issuer = issuer, .in_charge = {}, .port = 443});
  };
  for (const auto* name : {"", "-a.org", "a..org", "a b.org", "*.org", "a.*.example.org", "a/b", "."}) EXPECT_FALSE(keep(name, "")) << name;
  EXPECT_EQ(keep("www.example.org", "local").error().kind, ErrorKind::refused);
  EXPECT_EQ(keep("www.example.org", "nobody").error().kind, ErrorKind::invalid);
  EXPECT_TRUE(keep("WWW.Example.ORG.", ""));
  EXPECT_TRUE(world.keeper->find("www.example.org"));
  EXPECT_TRUE(keep("ex\xC3\xA4mple.org", ""));
  EXPECT_TRUE(world.keeper->find("xn--exmple-cua.org"));
}

TEST(Keeper, SaysInTheIncidentThatAnAddressNeedsAnotherProfile) {
  constexpr auto kAddress = "9.9.9.9";
  const std::string advice =
      "“first” may issue certificates for IP addresses only with the profile “shortlived”: set `profile = \"shortlived\"` for this issuer "
      "and "
      "restart the server.";
  KeeperWorld world;
  world.keep(kAddress);
  ASSERT_TRUE(world.run_until([&] { return world.incidents.find_open("renewal-failed", kAddress) != nullptr; }));
  EXPECT_THAT(world.incidents.find_open("renewal-failed", kAddress)->what, ::testing::HasSubstr(advice));
  world.keep_groups({{"site", {kName, "8.8.8.8"}}});
  ASSERT_TRUE(world.run_until([&] { return world.incidents.find_open(kLeftOut, "8.8.8.8") != nullptr; }));
  EXPECT_THAT(world.incidents.find_open(kLeftOut, "8.8.8.8")->what, ::testing::HasSubstr(advice));
  EXPECT_THAT(world.incidents.find_open(kLeftOut, "8.8.8.8")->remedy, ::testing::StartsWith("Check whether requests to 8.8.8.8 reach"));
  // Verified at the order, and refused later.
  world.settings.issuers.front().profile = "shortlived";
  world.resolver.break_name(kAddress);
  world.restart();
  world.run_for(days{1});
  EXPECT_THAT(world.incidents.find_open("renewal-failed", kAddress)->what, ::testing::Not(::testing::HasSubstr(advice)));
}

TEST(Keeper, ForgetsANameWithItsIncidents) {
  KeeperWorld world;
  world.resolver.break_name(kName);
  world.keep(kName);
  world.run_for(hours{1});
  ASSERT_NE(world.incidents.find_open("renewal-failed", kName), nullptr);
  ASSERT_TRUE(world.keeper->forget(kName));
  EXPECT_TRUE(world.incidents.open.empty());
  EXPECT_FALSE(world.keeper->find(kName));
  const auto orders = world.count(Act::order);
  world.run_for(days{1});
  EXPECT_EQ(world.count(Act::order), orders);
  EXPECT_EQ(world.keeper->forget(kName).error().kind, ErrorKind::not_found);
}

TEST(Keeper, APersonMayRenewBeforeItsTime) {
  KeeperWorld world;
  world.keep(kName);
  ASSERT_TRUE(world.run_until([&] { return world.is_seen(kName); }));
  const auto first = world.served(kName)->serial_hex();
  ASSERT_TRUE(world.keeper->renew(kName, "Ada"));
  ASSERT_TRUE(world.run_until([&] { return world.served(kName)->serial_hex() != first; }, minutes{2}));
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(world.keeper->renew(kName, "Ada"));
    world.run_for(minutes{1});
  }
  EXPECT_LE(world.count(Act::issuance), 5U) << "but not burn a limit";
}

}  // namespace
}  // namespace carillon::certs
