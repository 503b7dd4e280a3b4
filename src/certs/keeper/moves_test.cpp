// Names that move into groups, out of them, and between them.

#include "certs/keeper/inventory_queries.hpp"
#include "certs/keeper/reports.hpp"
#include "certs/keeper/testing/world.hpp"
#include "crypto/testing/authority.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace carillon::certs {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using testca::Act;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::KeeperWorld;
using ::testing::Not;
using ::testing::UnorderedElementsAre;

constexpr auto kFirst = "www.example.org";
constexpr auto kSecond = "example.org";
constexpr auto kThird = "shop.example.org";
constexpr auto kFourth = "blog.example.org";
constexpr auto kFifth = "mail.example.org";

struct Moves : KeeperWorld {
  using KeeperWorld::KeeperWorld;
  [[nodiscard]] std::string serial(const std::string& host) const {
    const auto leaf = served(host);
    return leaf ? leaf->serial_hex() : std::string{};
  }
  [[nodiscard]] std::vector<std::string> names_served(const std::string& host) const {
    const auto leaf = served(host);
    return leaf ? leaf->names() : std::vector<std::string>{};
  }
  /// The configuration's names and groups: exactly these from now on.
  Result<> configure(const std::vector<std::string>& names, const std::vector<std::pair<std::string, std::vector<std::string>>>& groups) {
    std::vector<NameOptions> all;
    for (const auto& [name, members] : groups) all.push_back({.name = name, .source = Source::configuration, .members = members});
    for (const auto& name : names) all.push_back({.name = name, .source = Source::configuration});
    return keeper->keep_only(Source::configuration, all);
  }
  /// What happens at a start of the program.
  void start_again(const std::vector<std::string>& names, const std::vector<std::pair<std::string, std::vector<std::string>>>& groups) {
    restart();
    EXPECT_TRUE(configure(names, groups));
  }
  /// By a person, for 90 days.
  void import(const std::string& name) {
    const crypto::testing::Authority hand{clock.now()};
    const auto made = hand.make(name, clock.now() - hours{1}, clock.now() + days{90});
    std::string pem;
    for (const auto& link : made.chain) pem += *link.to_pem();
    const auto done = keeper->import_certificate(name, pem, *made.key->to_pem());
    ASSERT_TRUE(done && done->certificate);
  }
};

/// No DNS provider is configured, so nobody can issue for a group that includes it.
constexpr auto kUnissuable = "*.example.net";

TEST(ANameInAGroup, KeepsItsOwnCertificateUntilTheGroupHasOne) {
  Moves world;
  world.keep(kFirst, "manual");
  world.import(kFirst);
  const auto own = world.serial(kFirst);
  ASSERT_NE(own, "");
  const std::vector<std::pair<std::string, std::vector<std::string>>> groups{{"site", {kFirst, kUnissuable}}};
  ASSERT_TRUE(world.configure({}, groups));
  EXPECT_EQ(world.keeper->find(kFirst)->kept.name, "site");
  world.run_for(days{2});
  EXPECT_EQ(world.serial(kFirst), own);
  world.start_again({}, groups);
  world.run_for(days{2});
  EXPECT_EQ(world.serial(kFirst), own) << "after a restart, too";
  EXPECT_EQ(world.incidents.find_open(kNotSeen, kFirst), nullptr);
  ASSERT_TRUE(world.configure({}, {}));
  EXPECT_EQ(world.serial(kFirst), own);
  const auto status = world.keeper->find(kFirst);
  ASSERT_TRUE(status);
  EXPECT_EQ(status->kept.name_options, kManualIssuer);
  EXPECT_EQ(status->kept.in_charge.steward, "ada@example.org") << "as the person said";
  EXPECT_EQ(status->state, "ok");
  world.start_again({}, {});
  EXPECT_EQ(world.serial(kFirst), own);
}

TEST(ANameInAGroup, HasNoRecordOfItsOwnOnceTheGroupHasACertificate) {
  Moves world;
  world.keep(kFirst, "manual");
  world.import(kFirst);
  ASSERT_TRUE(world.configure({}, {{"site", {kFirst, kSecond}}}));
  EXPECT_EQ(world.keeper->list().size(), 2U);
  ASSERT_TRUE(world.run_until([&] { return world.is_seen("site"); }, minutes{2}));
  EXPECT_THAT(world.names_served(kFirst), UnorderedElementsAre(kFirst, kSecond));
  EXPECT_EQ(world.keeper->list().size(), 1U);
  world.restart();
  EXPECT_THAT(world.names_served(kFirst), UnorderedElementsAre(kFirst, kSecond));
  EXPECT_EQ(world.keeper->list().size(), 1U);
}

TEST(ANameInAGroup, GoesOnBeingRenewedAloneWhileTheGroupHasNoCertificate) {
  Moves world;
  world.keep(kFirst);
  ASSERT_TRUE(world.run_until([&] { return world.is_seen(kFirst); }, minutes{2}));
  ASSERT_TRUE(world.configure({}, {{"site", {kFirst, kUnissuable}}}));
  world.run_for(days{100});
  ASSERT_TRUE(world.served(kFirst));
  EXPECT_GT(world.served(kFirst)->not_after(), world.clock.now());
  EXPECT_EQ(world.count(Act::issuance), 2U);
}

TEST(ANameInAGroup, WithoutACertificateIsNotOrderedTwice) {
  Moves world;
  world.resolver.break_name(kFirst);
  world.keep(kFirst);
  world.run_for(hours{1});
  ASSERT_TRUE(world.configure({}, {{"site", {kFirst, kSecond}}}));
  world.resolver.mend_name(kFirst);
  ASSERT_TRUE(world.run_until([&] { return world.is_seen("site"); }, minutes{2}));
  EXPECT_THAT(world.names_served(kFirst), UnorderedElementsAre(kFirst, kSecond));
  world.run_for(days{1});
  EXPECT_EQ(world.count(Act::issuance), 1U);
  EXPECT_TRUE(world.incidents.open.empty());
}

TEST(ANameInAGroup, IsTakenOverAfterAKillAtEveryStep) {
  Moves world;
  world.keep(kFirst);
  ASSERT_TRUE(world.run_until([&] { return world.is_seen(kFirst); }, minutes{2}));
  ASSERT_TRUE(world.configure({}, {{"site", {kFirst, kSecond}}}));
  for (int kills = 0; kills < 200 && !world.is_seen("site"); ++kills) {
    ASSERT_TRUE(world.served(kFirst));
    if (!world.keeper->work()) world.clock.set(std::max(world.clock.now(), world.keeper->next().value_or(world.clock.now())));
    world.restart();
  }
  EXPECT_THAT(world.names_served(kFirst), UnorderedElementsAre(kFirst, kSecond));
  EXPECT_EQ(world.keeper->list().size(), 1U);
}

TEST(Groups, ThatSwapNamesServeThemUntilEachHasANewCertificate) {
  Moves world;
  ASSERT_TRUE(world.configure({}, {{"a", {kFirst, kSecond}}, {"b", {kThird, kFourth}}}));
  ASSERT_TRUE(world.run_until([&] { return world.is_seen("a") && world.is_seen("b"); }, minutes{2}));
  const auto of_a = world.serial(kSecond), of_b = world.serial(kFourth);
  const std::vector<std::pair<std::string, std::vector<std::string>>> swapped{{"a", {kFirst, kFourth}},
                                                                              {"b", {kThird, kSecond, kUnissuable}}};
  ASSERT_TRUE(world.configure({}, swapped));
  EXPECT_EQ(world.serial(kSecond), of_a);
  EXPECT_EQ(world.serial(kFourth), of_b);
  ASSERT_TRUE(world.run_until([&] { return world.serial(kFourth) != of_b && world.is_seen("a"); }, minutes{5}));
  EXPECT_THAT(world.names_served(kFirst), UnorderedElementsAre(kFirst, kFourth));
  EXPECT_EQ(world.serial(kSecond), of_a) << "the group that has it now can't order";
  world.settle();
  const auto* incident = world.incidents.find_open(kLeftOut, kSecond);
  ASSERT_NE(incident, nullptr);
  EXPECT_THAT(incident->what, HasSubstr("doesn't include example.org, and a new one can't be ordered: *.example.net is a wildcard."));
  EXPECT_EQ(world.keeper->find("b")->state, "late");
  world.start_again({}, swapped);
  EXPECT_EQ(world.serial(kSecond), of_a) << "after a restart, too";
  world.run_for(days{1});
  EXPECT_EQ(world.serial(kSecond), of_a);
  ASSERT_TRUE(world.configure({}, {{"a", {kFirst, kFourth}}, {"b", {kThird, kSecond}}}));
  ASSERT_TRUE(world.run_until([&] { return world.serial(kSecond) == world.serial(kThird) && world.is_seen("b"); }, minutes{5}));
  EXPECT_TRUE(world.incidents.open.empty());
}

TEST(Groups, ThatSwapAllTheirNamesServeThemToo) {
  Moves world;
  ASSERT_TRUE(world.configure({}, {{"a", {kFirst}}, {"b", {kSecond}}}));
  ASSERT_TRUE(world.run_until([&] { return world.is_seen("a") && world.is_seen("b"); }, minutes{2}));
  world.run_for(days{20});  // the CA doesn't remember that it has verified the names
  const auto first = world.serial(kFirst), second = world.serial(kSecond);
  world.resolver.break_name(kFirst);
  world.resolver.break_name(kSecond);
  ASSERT_TRUE(world.configure({}, {{"a", {kSecond}}, {"b", {kFirst}}}));
  EXPECT_EQ(world.keeper->find(kFirst)->kept.name, "b");
  world.run_for(hours{3});
  EXPECT_EQ(world.serial(kFirst), first);
  EXPECT_EQ(world.serial(kSecond), second);
  world.start_again({}, {{"a", {kSecond}}, {"b", {kFirst}}});
  EXPECT_EQ(world.serial(kFirst), first);
  EXPECT_EQ(world.serial(kSecond), second);
  EXPECT_NE(world.incidents.find_open("renewal-failed", "a"), nullptr);
  world.resolver.mend_name(kFirst);
  world.resolver.mend_name(kSecond);
  ASSERT_TRUE(world.run_until([&] { return world.is_seen("a") && world.is_seen("b"); }, hours{7}));
  EXPECT_NE(world.serial(kFirst), first);
  EXPECT_NE(world.serial(kSecond), second);
  EXPECT_TRUE(world.incidents.open.empty());
}

TEST(Groups, ThatSwapNamesServeThemOnOtherNodesToo) {
  Moves world;
  ASSERT_TRUE(world.configure({kFifth}, {{"a", {kFirst, kSecond}}, {"b", {kThird, kFourth}}}));
  ASSERT_TRUE(world.run_until([&] { return world.is_seen("a") && world.is_seen("b") && world.is_seen(kFifth); }, minutes{2}));
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
  ASSERT_TRUE(world.configure({}, {{"a", {kFirst, kFourth}}, {"b", {kThird, kSecond, kUnissuable}}, {"c", {kFifth}}}));
  const auto all_served = [&] {
    for (const auto* name : {kFirst, kSecond, kThird, kFourth, kFifth}) {
      const auto here = world.table->certificate_for(name), there = table.certificate_for(name);
      ASSERT_TRUE(here && there) << name;
      EXPECT_EQ(here->chain_der, there->chain_der) << name;
    }
  };
  ASSERT_TRUE(other.synchronise());
  all_served();
  ASSERT_TRUE(world.run_until([&] { return world.is_seen("a") && world.is_seen("c"); }, minutes{5}));
  ASSERT_TRUE(other.synchronise());
  all_served();
  EXPECT_EQ(other.list().size(), 3U) << "the name that a group has taken over is no longer managed alone";
}

TEST(Groups, ThatAreRemovedLeaveTheirCertificateToTheirNames) {
  Moves world;
  ASSERT_TRUE(world.configure({}, {{"site", {kFirst, kSecond, kThird}}}));
  ASSERT_TRUE(world.run_until([&] { return world.is_seen("site"); }, minutes{2}));
  const auto shared = world.serial(kFirst);
  world.settings.issuers.clear();
  world.start_again({kFirst}, {{"other", {kSecond, kFourth}}});
  world.run_for(days{1});
  EXPECT_EQ(world.serial(kFirst), shared);
  EXPECT_EQ(world.serial(kSecond), shared);
  EXPECT_FALSE(world.served(kThird)) << "it is no longer managed";
  world.start_again({kFirst}, {{"other", {kSecond, kFourth}}});
  EXPECT_EQ(world.serial(kFirst), shared);
  EXPECT_EQ(world.serial(kSecond), shared);
  EXPECT_FALSE(world.served(kThird));
  EXPECT_FALSE(world.served(kFourth));
}

TEST(Groups, ThatAreRemovedLeaveNothingForEver) {
  Moves world;
  const auto stored = [&](const std::string& group) {
    const auto found =
        world.database->read_now([&](db::Session& session) -> Result<std::size_t> { return certificates_of(session, group, 10).size(); });
    return found.value_or(99);
  };
  ASSERT_TRUE(world.configure({}, {{"a", {kFirst, kSecond}}, {"b", {kThird, kFourth}}}));
  ASSERT_TRUE(world.run_until([&] { return world.is_seen("a") && world.is_seen("b"); }, minutes{2}));
  ASSERT_TRUE(world.configure({kFirst}, {}));
  EXPECT_EQ(stored("a"), 1U) << "one of its names may need it";
  EXPECT_EQ(stored("b"), 0U);
  world.run_for(days{170});
  ASSERT_TRUE(world.configure({kFirst}, {}));
  EXPECT_EQ(stored("a"), 1U);
  world.run_for(days{20});
  ASSERT_TRUE(world.configure({kFirst}, {}));
  EXPECT_EQ(stored("a"), 0U) << "it ended 90 days ago";
}

TEST(Groups, DontTakeOverFailuresWithAName) {
  Moves world;
  world.resolver.break_name(kSecond);
  ASSERT_TRUE(world.configure({}, {{"a", {kFirst, kSecond}}, {"b", {kThird}}}));
  ASSERT_TRUE(world.run_until([&] { return world.incidents.find_open(kLeftOut, kSecond) != nullptr; }, minutes{5}));
  world.run_for(hours{5});
  world.resolver.mend_name(kSecond);
  ASSERT_TRUE(world.configure({}, {{"a", {kFirst}}, {"b", {kThird, kSecond}}}));
  EXPECT_EQ(world.incidents.find_open(kLeftOut, kSecond), nullptr);
  ASSERT_TRUE(world.run_until([&] { return world.served(kSecond).has_value(); }, minutes{2}));
}

TEST(Groups, NoteWhichOfTheRemovedNamesTheirCertificateIncludes) {
  Moves world;
  world.resolver.break_name(kSecond);
  ASSERT_TRUE(world.configure({}, {{"site", {kFirst, kSecond, kThird}}}));
  ASSERT_TRUE(world.run_until([&] { return world.is_seen("site"); }, minutes{5}));
  const auto noted = [&] {
    const auto lines = world.keeper->history("site");
    const auto last = std::ranges::find(lines->rbegin(), lines->rend(), "names", &HistoryLine::step);
    return last == lines->rend() ? std::string{} : last->detail;
  };
  ASSERT_TRUE(world.configure({}, {{"site", {kFirst, kThird}}}));
  EXPECT_EQ(noted(), "removed: example.org");
  ASSERT_TRUE(world.configure({}, {{"site", {kFirst, kThird, kFourth}}}));
  ASSERT_TRUE(world.configure({}, {{"site", {kFirst}}}));
  EXPECT_EQ(
      noted(),
      "removed: shop.example.org and blog.example.org, of which the active certificate includes shop.example.org until it is renewed");
}

TEST(Groups, ThatCantBeManagedHaveAnIncident) {
  Moves world;
  world.keep("printer", "manual");
  EXPECT_FALSE(world.configure({kThird}, {{"printer", {kFirst}}}));
  const auto* incident = world.incidents.find_open(kNotManaged, "group printer");
  ASSERT_NE(incident, nullptr);
  EXPECT_EQ(incident->what,
            "The group “printer” in the configuration can't be managed: “printer” is managed as a single name; choose another name for the "
            "group.");
  EXPECT_TRUE(world.keeper->find(kThird)) << "the others are managed";
  ASSERT_TRUE(world.configure({kThird}, {{"website", {kFirst}}}));
  EXPECT_EQ(world.incidents.find_open(kNotManaged, "group printer"), nullptr);
  EXPECT_FALSE(world.configure({}, {{"website", {kFirst}}, {"other", {"website"}}}));
  EXPECT_NE(world.incidents.find_open(kNotManaged, "group other"), nullptr);
}

}  // namespace
}  // namespace carillon::certs
