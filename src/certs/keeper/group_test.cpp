#include "certs/keeper/course/members.hpp"
#include "certs/keeper/reports.hpp"
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
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::KeeperWorld;
using ::testing::Not;
using ::testing::UnorderedElementsAre;

constexpr auto kGroup = "site";
constexpr auto kFirst = "www.example.org";
constexpr auto kSecond = "example.org";
constexpr auto kThird = "shop.example.org";

const std::vector<std::string> kTwo{kFirst, kSecond};

/// A group in a world, with what tests ask of it.
struct Group : KeeperWorld {
  using KeeperWorld::KeeperWorld;
  void keep_group(const std::vector<std::string>& names = kTwo) { keep_groups({{kGroup, names}}); }
  [[nodiscard]] bool all_seen() const { return is_seen(kGroup); }
  [[nodiscard]] std::vector<std::string> names_served(const std::string& host) const {
    const auto leaf = served(host);
    return leaf ? leaf->names() : std::vector<std::string>{};
  }
  [[nodiscard]] std::string serial(const std::string& host) const {
    const auto leaf = served(host);
    return leaf ? leaf->serial_hex() : std::string{};
  }
  /// When certificates were issued.
  [[nodiscard]] std::vector<Time> issuances() {
    std::vector<Time> times;
    ca->read_ledger([&](const testca::LedgerEntry& entry) {
      if (entry.act == Act::issuance) times.push_back(entry.time);
    });
    return times;
  }
};

TEST(AGroup, GetsOneCertificateForAllItsNames) {
  Group world;
  world.keep_group({"WWW.example.org.", kSecond, "www.Example.org"});
  ASSERT_TRUE(world.run_until([&] { return world.all_seen(); }, minutes{2}));
  EXPECT_EQ(world.count(Act::issuance), 1U);
  EXPECT_THAT(world.names_served(kFirst), UnorderedElementsAre(kFirst, kSecond));
  EXPECT_EQ(world.serial(kFirst), world.serial(kSecond));
  for (const auto* name : {kGroup, kFirst, kSecond}) {
    const auto status = world.keeper->find(name);
    ASSERT_TRUE(status);
    EXPECT_EQ(status->kept.name, kGroup);
    EXPECT_EQ(status->state, "ok");
    EXPECT_EQ(status->last_seen.size(), 2U);
    EXPECT_TRUE(world.keeper->history(name));
  }
  EXPECT_THAT(world.steps_of(kGroup), ElementsAre("due", "ordered", "validated", "issued", "stored", "loaded", "seen"));
  EXPECT_TRUE(world.incidents.open.empty());
}

TEST(AGroup, GoesOnAfterAKillAtEveryStepAndOrdersNothingTwice) {
  Group world;
  world.keep_group();
  int kills = 0;
  for (; kills < 200 && !world.all_seen(); ++kills) {
    if (!world.keeper->work()) world.clock.set(std::max(world.clock.now(), world.keeper->next().value_or(world.clock.now() + seconds{1})));
    world.restart();
  }
  EXPECT_TRUE(world.all_seen());
  EXPECT_EQ(world.count(Act::order), 1U);
  EXPECT_EQ(world.count(Act::issuance), 1U);
  world.keep_group();
  EXPECT_EQ(world.serial(kFirst), world.serial(kSecond)) << "the start has loaded it for both";
}

TEST(AGroup, LeavesOutANewNameThatFailsAndTakesItInOnceItCanBeVerified) {
  Group world;
  world.resolver.break_name(kSecond);
  world.keep_group();
  ASSERT_TRUE(world.run_until([&] { return world.all_seen(); }, minutes{3})) << "the other doesn't wait";
  EXPECT_THAT(world.names_served(kFirst), ElementsAre(kFirst));
  EXPECT_FALSE(world.served(kSecond));
  EXPECT_THAT(world.steps_of(kGroup), Contains("left out"));
  EXPECT_EQ(world.keeper->find(kGroup)->state, "late") << "it says that something is wrong";
  const auto* incident = world.incidents.find_open(kLeftOut, kSecond);
  ASSERT_NE(incident, nullptr);
  EXPECT_EQ(incident->in_charge.steward, "ada@example.org");
  EXPECT_THAT(incident->what, HasSubstr("ordered without example.org"));
  EXPECT_EQ(world.incidents.find_open("renewal-failed", kGroup), nullptr);

  // For days no certificate is issued for it, and the CA isn't asked more often than it accepts.
  world.run_for(days{3});
  EXPECT_EQ(world.count(Act::issuance), 1U);
  EXPECT_LE(world.count(Act::order), 40U);
  EXPECT_NE(world.incidents.find_open(kLeftOut, kSecond), nullptr);

  world.resolver.mend_name(kSecond);
  ASSERT_TRUE(world.run_until([&] { return world.served(kSecond).has_value() && world.all_seen(); }, minutes{30}))
      << "noticed by our own check";
  EXPECT_EQ(world.count(Act::issuance), 2U);
  EXPECT_THAT(world.names_served(kFirst), UnorderedElementsAre(kFirst, kSecond));
  EXPECT_TRUE(world.incidents.open.empty());
  EXPECT_EQ(world.keeper->find(kGroup)->state, "ok");
}

TEST(AGroup, RenewsInTimeWithoutANameThatNoLongerResolvesAndKeepsServingItsOldCertificate) {
  Group world;
  world.keep_group();
  ASSERT_TRUE(world.run_until([&] { return world.all_seen(); }, minutes{2}));
  const auto first = world.serial(kFirst);
  world.run_for(days{59});
  world.resolver.break_name(kSecond);
  ASSERT_TRUE(world.run_until([&] { return world.serial(kFirst) != first && world.all_seen(); }, days{2}));
  EXPECT_THAT(world.names_served(kFirst), ElementsAre(kFirst));
  EXPECT_EQ(world.serial(kSecond), first) << "what is still valid is still served";
  world.restart();
  world.keep_group();
  EXPECT_EQ(world.serial(kSecond), first) << "after a restart, too";
  EXPECT_NE(world.incidents.find_open(kLeftOut, kSecond), nullptr);
  // One failure would have been too few: the name is in the served certificate.
  const auto steps = world.steps_of(kGroup);
  EXPECT_EQ(std::ranges::count(steps, "authorization failed"), kFailuresBeforeLeftOut - 1);
  bool replaces = false;
  world.ca->read_ledger([&](const testca::LedgerEntry& entry) { replaces = replaces || (entry.act == Act::order && entry.exempt); });
  EXPECT_TRUE(replaces);

  world.resolver.mend_name(kSecond);
  ASSERT_TRUE(world.run_until([&] { return world.serial(kSecond) == world.serial(kFirst); }, hours{2}));
  EXPECT_EQ(world.incidents.find_open(kLeftOut, kSecond), nullptr);
}

TEST(AGroup, SurvivesAHiccupWithoutLosingTheName) {
  Group world;
  world.keep_group();
  ASSERT_TRUE(world.run_until([&] { return world.all_seen(); }, minutes{2}));
  const auto first = world.serial(kFirst);
  world.run_for(days{20});  // the CA doesn't remember that it has verified the names
  world.resolver.break_name(kSecond);
  ASSERT_TRUE(world.keeper->renew(kFirst, "ada"));
  ASSERT_TRUE(world.run_until(
      [&] {
        const auto steps = world.steps_of(kGroup);
        return std::ranges::count(steps, "authorization failed") == 1;
      },
      minutes{5}));
  world.resolver.mend_name(kSecond);
  ASSERT_TRUE(world.run_until([&] { return world.serial(kFirst) != first && world.all_seen(); }, minutes{10}));
  EXPECT_THAT(world.names_served(kFirst), UnorderedElementsAre(kFirst, kSecond));
  EXPECT_THAT(world.steps_of(kGroup), Not(Contains("left out")));
}

TEST(AGroup, WithNamesThatAllFailIsAFailureLikeAnyOther) {
  Group world;
  world.resolver.break_name(kFirst);
  world.resolver.break_name(kSecond);
  world.keep_group();
  world.run_for(hours{3});
  EXPECT_NE(world.incidents.find_open("renewal-failed", kGroup), nullptr);
  EXPECT_GE(world.keeper->find(kGroup)->kept.failures, 3);
  world.resolver.mend_name(kFirst);
  ASSERT_TRUE(world.run_until([&] { return world.all_seen(); }, hours{3}));
  EXPECT_THAT(world.names_served(kFirst), ElementsAre(kFirst));
  world.resolver.mend_name(kSecond);
  ASSERT_TRUE(world.run_until([&] { return world.served(kSecond).has_value(); }, hours{7}));
}

TEST(AGroup, WithANameThatTheCaBlocksGetsACertificateForTheOthers) {
  testca::Settings settings;
  settings.blocked_names = {kSecond};
  Group world{settings};
  world.keep_group({kFirst, kSecond, kThird});
  ASSERT_TRUE(world.run_until([&] { return world.all_seen(); }, minutes{3}));
  EXPECT_THAT(world.names_served(kFirst), UnorderedElementsAre(kFirst, kThird));
  EXPECT_NE(world.incidents.find_open(kLeftOut, kSecond), nullptr);
  EXPECT_EQ(world.incidents.find_open(kLeftOut, kThird), nullptr);
}

TEST(AGroup, GetsAnotherCertificateAtOnceForAnAddedName) {
  Group world;
  world.keep_group();
  ASSERT_TRUE(world.run_until([&] { return world.all_seen(); }, minutes{2}));
  const auto first = world.serial(kFirst);
  world.keep_group({kFirst, kSecond, kThird});
  ASSERT_TRUE(world.run_until([&] { return world.served(kThird).has_value() && world.all_seen(); }, minutes{2}));
  EXPECT_NE(world.serial(kFirst), first);
  EXPECT_EQ(world.serial(kFirst), world.serial(kThird));
  EXPECT_THAT(world.steps_of(kGroup), Contains("names"));
}

TEST(AGroup, KeepsARemovedNameUntilTheNextRenewal) {
  Group world;
  world.keep_group();
  ASSERT_TRUE(world.run_until([&] { return world.all_seen(); }, minutes{2}));
  world.keep_group({kFirst});
  world.run_for(days{50});
  EXPECT_EQ(world.count(Act::issuance), 1U);
  ASSERT_TRUE(world.run_until([&] { return world.count(Act::issuance) == 2 && world.all_seen(); }, days{12}));
  EXPECT_THAT(world.names_served(kFirst), ElementsAre(kFirst));
  EXPECT_FALSE(world.served(kSecond));
  EXPECT_FALSE(world.keeper->find(kSecond));
}

TEST(AGroup, NeverOrdersInABurstWhateverHappensToItsNames) {
  Group world;
  std::vector<std::string> names{kFirst};
  world.keep_group(names);
  ASSERT_TRUE(world.run_until([&] { return world.all_seen(); }, minutes{2}));
  for (int i = 0; i < 12; ++i) {
    names.push_back("n" + std::to_string(i) + ".example.org");
    world.keep_group(names);
    world.run_for(minutes{10});
  }
  EXPECT_LE(world.count(Act::issuance), 5U) << "the limit for a day";
  ASSERT_TRUE(world.run_until([&] { return world.served(names.back()).has_value(); }, days{2})) << "the last one, too";
  // A name that comes and goes doesn't, either.
  const auto before = world.count(Act::issuance);
  for (int i = 0; i < 24; ++i) {
    world.resolver.break_name(kFirst);
    world.run_for(minutes{30});
    world.resolver.mend_name(kFirst);
    world.run_for(minutes{30});
  }
  EXPECT_LE(world.count(Act::issuance), before + 5);
}

TEST(AGroup, TakesOverWhatWasManagedAloneWithoutAGap) {
  Group world;
  world.keep(kFirst);
  ASSERT_TRUE(world.run_until([&] { return world.is_seen(kFirst); }, minutes{2}));
  const auto alone = world.serial(kFirst);
  world.keep_group();
  EXPECT_EQ(world.serial(kFirst), alone) << "served until the group has a certificate";
  ASSERT_TRUE(world.run_until([&] { return world.all_seen(); }, minutes{2}));
  EXPECT_NE(world.serial(kFirst), alone);
  EXPECT_EQ(world.keeper->list().size(), 1U);
  const auto again = world.keeper->keep({.name = kFirst});
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().message,
            "“www.example.org” is already in the group “site”, whose certificate includes it. Remove it there first.");
  // And back.
  const auto shared = world.serial(kFirst);
  ASSERT_TRUE(world.keeper->keep_only(Source::configuration, {{.name = kFirst, .source = Source::configuration}}));
  EXPECT_EQ(world.serial(kFirst), shared);
  EXPECT_FALSE(world.served(kSecond));
  ASSERT_TRUE(world.run_until([&] { return world.is_seen(kFirst); }, minutes{2}));
  EXPECT_THAT(world.names_served(kFirst), ElementsAre(kFirst));
}

TEST(AGroup, IsRefusedForANameInTwoGroupsAndForTooMany) {
  Group world;
  world.keep_group();
  EXPECT_THROW(world.keep_groups({{kGroup, kTwo}, {"other", {kSecond}}}), std::runtime_error);
  std::vector<std::string> many;
  for (int i = 0; i < 26; ++i) many.push_back("n" + std::to_string(i) + ".example.org");
  const auto checked = checked_members(kGroup, many);
  ASSERT_FALSE(checked);
  EXPECT_THAT(checked.error().message, HasSubstr("has 26 names; a certificate can have at most 25."));
  many.push_back("n0.EXAMPLE.org.");
  many.erase(many.begin() + 1);
  EXPECT_TRUE(checked_members(kGroup, many)) << "25, one of them twice";
  EXPECT_FALSE(checked_members("Not a slug", kTwo));
  EXPECT_FALSE(checked_members(kGroup, {}));
  EXPECT_FALSE(checked_members(kGroup, {"https://www.example.org"}));
}

TEST(AGroup, MovesANameFromOneToAnother) {
  Group world;
  world.keep_groups({{"a", {kFirst, kSecond}}, {"b", {kThird}}});
  ASSERT_TRUE(world.run_until([&] { return world.is_seen("a") && world.is_seen("b"); }, minutes{2}));
  const auto before = world.serial(kSecond);
  world.keep_groups({{"b", {kThird, kSecond}}, {"a", {kFirst}}});
  EXPECT_EQ(world.serial(kSecond), before) << "no gap";
  EXPECT_EQ(world.keeper->find(kSecond)->kept.name, "b");
  ASSERT_TRUE(world.run_until([&] { return world.serial(kSecond) == world.serial(kThird); }, minutes{2}));
  world.restart();
  EXPECT_EQ(world.keeper->find(kSecond)->kept.name, "b");
  EXPECT_EQ(world.serial(kSecond), world.serial(kThird));
}

TEST(AGroup, ReportsANameThatServesSomethingElseByItself) {
  Group world;
  world.keep_group();
  ASSERT_TRUE(world.run_until([&] { return world.all_seen(); }, minutes{2}));
  world.resolver.break_name(kSecond);
  ASSERT_TRUE(world.run_until([&] { return world.incidents.find_open(kNotSeen, kSecond) != nullptr; }, hours{2}));
  EXPECT_EQ(world.incidents.find_open(kNotSeen, kFirst), nullptr);
  world.restart();
  world.resolver.mend_name(kSecond);
  ASSERT_TRUE(world.run_until([&] { return world.incidents.find_open(kNotSeen, kSecond) == nullptr; }, hours{2}));
}

TEST(AGroup, HasASpareForAllItsNamesAndSwitchesToIt) {
  Group world{{}, {"second"}};
  world.keep_group();
  ASSERT_TRUE(world.run_until([&] { return world.keeper->find(kGroup)->spare.has_value(); }, hours{2}));
  EXPECT_THAT(world.keeper->find(kGroup)->spare->names, ElementsAre(kFirst, kSecond));
  const auto before = world.serial(kFirst);
  ASSERT_TRUE(world.keeper->use_spare(kSecond, "ada"));
  ASSERT_TRUE(world.run_until([&] { return world.serial(kFirst) != before; }, minutes{2}));
  EXPECT_EQ(world.serial(kFirst), world.serial(kSecond));
  EXPECT_EQ(world.keeper->find(kGroup)->current->issuer, "second");
}

TEST(AGroup, OfNamesOfThisMachineIsSignedByTheLocalCaAtOnce) {
  Group world;
  world.keep_group({"localhost", "nas.localhost"});
  EXPECT_THAT(world.names_served("nas.localhost"), UnorderedElementsAre("localhost", "127.0.0.1", "::1", "nas.localhost"));
  world.keep_group({"localhost", "nas.localhost", "tv.localhost"});
  EXPECT_THAT(world.names_served("localhost"), Contains("tv.localhost"));
  EXPECT_EQ(world.serial("localhost"), world.serial("tv.localhost"));
  EXPECT_EQ(world.count(Act::order), 0U);
}

TEST(AGroup, WithPublicAndLocalNamesSaysThatNobodyIssuesForBoth) {
  Group world;
  world.keep_group({kFirst, "localhost"});
  EXPECT_THAT(world.keeper->find(kGroup)->problem, HasSubstr("Don't put public names and names of this machine"));
}

}  // namespace
}  // namespace carillon::certs
