#include "ads/deciding/decision.hpp"

#include "base/testing/testing.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <random>
#include <set>

namespace carillon::ads {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

const Time kNow = std::chrono::sys_days{std::chrono::year{2026} / 11 / 30} + 17h;  // a Monday

class Everything : public Permits {
 public:
  bool may_hear(const Order& order) override { return !heard_enough.contains(order.id); }
  bool reserve(const Order& order, int count) override {
    const auto found = left.find(order.id);
    if (found == left.end()) return true;
    if (found->second < count) return false;
    found->second -= count;
    return true;
  }
  std::set<std::string> heard_enough;
  std::map<std::string, int> left;
};

Creative creative(const std::string& id, std::chrono::seconds length = 30s) {
  return {.id = id, .name = id, .expires = {}, .files = {{.format = {}, .frames = {}, .length = {480'000}, .duration = length}}};
}

Order order(const std::string& id, std::vector<std::string> creatives = {"c"}) {
  Order order{.id = id, .network = "n", .campaign = "camp", .advertiser = "adv-" + id, .name = id};
  order.state = OrderState::running;
  order.starts = kNow - 24h;
  order.ends = kNow + 24h;
  order.goal = 1000;
  for (const auto& each : creatives) order.creatives.push_back(creative(id + each));
  return order;
}

/// Every order gets all it can, in the order of rank and list.
Plan plan_of(std::vector<Order> orders, double share = 1) {
  Plan plan{.orders = std::move(orders), .allocation = {}};
  std::vector<Contract> contracts;
  for (const auto& each : plan.orders) contracts.push_back({.demand = 1, .rank = rank_of(each)});
  plan.allocation = allocate(contracts, {});
  for (auto& each : plan.allocation.shares) each = share;
  return plan;
}

Opportunity opportunity(std::vector<Break> breaks = {{.position = Position::preroll}, {}, {.position = Position::postroll}}) {
  Opportunity opportunity{.show = "show", .episode = "episode", .tags = {"news"}, .country = "AT", .region = "AT-9", .app = "AntennaPod"};
  opportunity.network = "n";
  opportunity.at = kNow;
  opportunity.breaks = std::move(breaks);
  opportunity.seed = 4711;
  return opportunity;
}

std::vector<std::string> heard(const Plan& plan, const Opportunity& of, Permits& permits) {
  std::vector<std::string> names;
  for (const auto& each : decide(plan, of, permits))
    names.push_back(std::to_string(each.at_break) + ":" + plan.orders[each.order].creatives[each.creative].id);
  return names;
}

std::vector<std::string> heard(const Plan& plan, const Opportunity& of = opportunity()) {
  Everything permits;
  return heard(plan, of, permits);
}

TEST(Decision, WithoutOrdersOrSlotsIsNothing) {
  EXPECT_THAT(heard(plan_of({})), IsEmpty());
  EXPECT_THAT(heard(plan_of({order("a")}), opportunity({})), IsEmpty());
  EXPECT_THAT(heard(plan_of({order("a")}), opportunity({{.slots = 0}})), IsEmpty());
}

TEST(Decision, AnOrderIsHeardOnceAtOneOfItsPositions) {
  EXPECT_THAT(heard(plan_of({order("a")})), ElementsAre("0:ac"));
  auto late = order("a");
  late.positions = {Position::postroll};
  EXPECT_THAT(heard(plan_of({late})), ElementsAre("2:ac"));
  auto twice = order("a", {"1", "2"});
  twice.most_per_download = 3;
  EXPECT_THAT(heard(plan_of({twice}), opportunity({{}, {}, {}})).size(), 2U) << "each creative once";
}

TEST(Decision, ATargetKeepsOthersAndTheUnknownAway) {
  const auto is_heard = [](
                            const std::function<void(Targets&)>& set, const std::function<void(Opportunity&)>& is = [](auto&) {}) {
    auto aimed = order("a");
    set(aimed.targets);
    auto at = opportunity();
    is(at);
    return !heard(plan_of({aimed}), at).empty();
  };
  EXPECT_TRUE(is_heard([](Targets& t) { t.only.countries = {"DE", "AT"}; }));
  EXPECT_FALSE(is_heard([](Targets& t) { t.only.countries = {"DE"}; }));
  EXPECT_FALSE(is_heard([](Targets& t) { t.except.countries = {"AT"}; }));
  EXPECT_TRUE(is_heard([](Targets& t) { t.except.countries = {"DE"}; }));
  EXPECT_FALSE(is_heard([](Targets& t) { t.only.countries = {"AT"}; }, [](auto& o) { o.country.clear(); }));
  EXPECT_FALSE(is_heard([](Targets& t) { t.except.countries = {"DE"}; }, [](auto& o) { o.country.clear(); }));
  EXPECT_FALSE(is_heard([](Targets& t) { t.only.regions = {"AT-9"}; }, [](auto& o) { o.region.clear(); }));
  EXPECT_TRUE(is_heard([](Targets& t) { t.only.shows = {"show"}; }));
  EXPECT_FALSE(is_heard([](Targets& t) { t.only.episodes = {"other"}; }));
  EXPECT_TRUE(is_heard([](Targets& t) { t.only.tags = {"sport", "news"}; }));
  EXPECT_FALSE(is_heard([](Targets& t) { t.except.tags = {"news"}; }));
  EXPECT_TRUE(is_heard([](Targets& t) { t.except.tags = {"news"}; }, [](auto& o) { o.tags.clear(); }));
  EXPECT_FALSE(is_heard([](Targets& t) { t.only.devices = {"phone"}; })) << "an unknown device";
  EXPECT_TRUE(is_heard([](Targets& t) { t.only.days = 1; })) << "on Mondays";
  EXPECT_FALSE(is_heard([](Targets& t) { t.except.days = 1; }));
  EXPECT_TRUE(is_heard([](Targets& t) { t.only.hours = 1U << 17; }));
  EXPECT_FALSE(is_heard([](Targets& t) { t.only.hours = 1U << 16; }));
  EXPECT_FALSE(is_heard([](Targets&) {}, [](auto& o) { o.at = kNow + 24h; })) << "the order has ended";
  EXPECT_TRUE(is_heard([](Targets&) {}, [](auto& o) { o.at = kNow - 24h; })) << "the order begins";
}

TEST(Decision, HigherTiersAndPrioritiesGoFirst) {
  auto promo = order("promo"), sponsor = order("sponsor"), first = order("first"), second = order("second");
  promo.tier = Tier::promo;
  sponsor.tier = Tier::exclusive;
  first.priority = 1;
  EXPECT_THAT(heard(plan_of({promo, second, first, sponsor})), ElementsAre("0:sponsorc", "1:firstc", "2:secondc"));
  EXPECT_THAT(heard(plan_of({promo, first})), ElementsAre("0:firstc", "1:promoc"));
  auto later = promo;
  later.id = later.advertiser = "later";
  later.creatives = {creative("later")};
  later.priority = 6;
  EXPECT_THAT(heard(plan_of({later, promo}), opportunity({{}})), ElementsAre("0:promoc"));
}

TEST(Decision, CompetitorsAreNeverInOneDownload) {
  auto cola = order("cola"), lemonade = order("lemonade"), bank = order("bank");
  cola.categories = {"soft drinks", "food"};
  lemonade.categories = {"soft drinks"};
  bank.categories = {"finance"};
  EXPECT_THAT(heard(plan_of({cola, lemonade, bank})), ElementsAre("0:colac", "1:bankc"));
  lemonade.advertiser = cola.advertiser;
  EXPECT_THAT(heard(plan_of({cola, lemonade, bank})), ElementsAre("0:colac", "1:bankc")) << "one order per advertiser";
  auto generous = opportunity();
  generous.most_per_advertiser = 2;
  EXPECT_THAT(heard(plan_of({cola, lemonade, bank}), generous), ElementsAre("0:colac", "1:lemonadec", "2:bankc"));
  generous.blocked_categories = {"food", "finance"};
  EXPECT_THAT(heard(plan_of({cola, lemonade, bank}), generous), ElementsAre("0:lemonadec"));
}

TEST(Decision, AllOfAnOrdersCreativesOrNone) {
  auto story = order("story", {"1", "2", "3"});
  story.logic = Logic::all;
  EXPECT_THAT(heard(plan_of({order("a"), story})), ElementsAre("0:story1", "1:story2", "2:story3"));
  EXPECT_THAT(heard(plan_of({order("a"), story}), opportunity({{}, {}})), ElementsAre("0:ac"));
  story.positions = {Position::midroll};
  EXPECT_THAT(heard(plan_of({story}), opportunity({{.position = Position::preroll, .slots = 5}, {.slots = 2}})), IsEmpty());
  EXPECT_THAT(heard(plan_of({story}), opportunity({{.slots = 2}, {.slots = 2}})), ElementsAre("0:story1", "0:story2", "1:story3"));
  Everything permits;
  permits.left["story"] = 2;
  EXPECT_THAT(heard(plan_of({story}), opportunity({{.slots = 3}}), permits), IsEmpty());
  EXPECT_EQ(permits.left["story"], 2) << "nothing was taken";
}

TEST(Decision, WhatIsUsedUpOrHeardTooOftenGivesWayToTheNext) {
  Everything permits;
  permits.left["a"] = 0;
  permits.heard_enough = {"b"};
  EXPECT_THAT(heard(plan_of({order("a"), order("b"), order("c")}), opportunity({{}}), permits), ElementsAre("0:cc"));
}

TEST(Decision, TheTimeOfAllAdvertisementsIsLimited) {
  auto busy = opportunity();
  busy.most_ad_time = 65s;
  EXPECT_EQ(heard(plan_of({order("a"), order("b"), order("c")}), busy).size(), 2U);
}

TEST(Decision, ACreativeInAnotherFormatOrExpiredIsNotUsed) {
  auto mono = order("a", {"1", "2"});
  mono.creatives[0].files[0].format.channels = 1;
  mono.creatives[1].expires = kNow;
  EXPECT_THAT(heard(plan_of({mono})), IsEmpty());
  mono.creatives[1].expires = kNow + 1s;
  EXPECT_THAT(heard(plan_of({mono})), ElementsAre("0:a2"));
}

TEST(Decision, SharesAreKeptOnAverageAndTheSameSeedDecidesTheSame) {
  auto plan = plan_of({order("a"), order("b"), order("c")}, 0);
  plan.allocation.shares = {0.2, 0.5, 0.1};
  std::map<std::string, int> count;
  auto each = opportunity({{}});
  constexpr int kVisits = 20'000;
  for (int i = 0; i < kVisits; ++i) {
    each.seed = static_cast<std::uint64_t>(i) * 7919;
    const auto once = heard(plan, each);
    ASSERT_EQ(heard(plan, each), once);
    for (const auto& name : once) ++count[name];
  }
  EXPECT_NEAR(count["0:ac"], 0.2 * kVisits, 250);
  EXPECT_NEAR(count["0:bc"], 0.5 * kVisits, 250);
  EXPECT_NEAR(count["0:cc"], 0.1 * kVisits, 250);
}

TEST(Decision, AnOrderWithAllItsCreativesKeepsItsShareToo) {
  auto story = order("story", {"1", "2"});
  story.logic = Logic::all;
  auto plan = plan_of({story}, 0.3);
  int insertions = 0;
  auto each = opportunity({{.slots = 4}});
  constexpr int kVisits = 10'000;
  for (int i = 0; i < kVisits; ++i) {
    each.seed = static_cast<std::uint64_t>(i) * 104'729;
    insertions += static_cast<int>(heard(plan, each).size());
  }
  EXPECT_NEAR(insertions, 0.3 * 4 * kVisits, 400);
}

/// Whatever is booked, no download breaks a rule.
TEST(Decision, KeepsTheRulesInRandomCatalogues) {
  std::mt19937 engine{17};
  const auto one_of = [&](std::uint32_t in) { return engine() % in == 0; };
  const std::vector<std::string> categories{"a", "b", "c", "d", "e"}, countries{"", "AT", "DE"};
  const int runs = std::getenv("CARILLON_LONG") ? 1'000'000 : 20'000;
  for (int run = 0; run < runs; ++run) {
    std::vector<Order> orders;
    const auto count = 1 + engine() % 8;
    for (std::uint32_t i = 0; i < count; ++i) {
      auto made = order(std::to_string(i), {});
      for (std::uint32_t k = 0; k < 1 + engine() % 3; ++k)  // some creatives are shared between orders
        made.creatives.push_back(creative(one_of(4) ? "shared" + std::to_string(k) : made.id + "-" + std::to_string(k)));
      made.advertiser = "adv" + std::to_string(engine() % 4);
      made.tier = static_cast<Tier>(engine() % 3);
      made.priority = 1 + static_cast<int>(engine() % 3);
      made.logic = one_of(3) ? Logic::all : Logic::any;
      made.most_per_download = 1 + static_cast<int>(engine() % 2);
      if (one_of(2)) made.positions = {static_cast<Position>(engine() % 3)};
      if (one_of(2)) made.categories = {categories[engine() % categories.size()]};
      if (one_of(3)) made.targets.only.countries = {"AT"};
      orders.push_back(std::move(made));
    }
    auto plan = plan_of(std::move(orders));
    for (auto& share : plan.allocation.shares) share = static_cast<double>(engine() % 11) / 10;
    auto at = opportunity({});
    at.country = countries[engine() % countries.size()];
    for (std::uint32_t i = 0; i < engine() % 5; ++i)
      at.breaks.push_back({.position = static_cast<Position>(engine() % 3), .slots = static_cast<int>(engine() % 3)});
    at.seed = engine();
    at.most_ad_time = std::chrono::seconds{engine() % 200};
    Everything permits;
    for (const auto& each : plan.orders) permits.left[each.id] = static_cast<int>(engine() % 4);
    const auto left = permits.left;

    const auto insertions = decide(plan, at, permits);
    std::map<std::uint32_t, int> of_order;
    std::map<std::size_t, int> in_break;
    std::set<std::string> used;
    std::map<std::string, std::set<std::uint32_t>> of_advertiser;
    for (const auto& each : insertions) {
      const auto& placed = plan.orders[each.order];
      ++of_order[each.order];
      ASSERT_LE(++in_break[each.at_break], at.breaks[each.at_break].slots);
      ASSERT_TRUE(is_at(placed, at.breaks[each.at_break].position));
      ASSERT_TRUE(used.insert(placed.creatives[each.creative].id).second) << "a creative twice";
      of_advertiser[placed.advertiser].insert(each.order);
      if (!placed.targets.only.countries.empty()) { ASSERT_EQ(at.country, "AT"); }
      for (const auto& other : insertions) {
        const auto& beside = plan.orders[other.order];
        if (beside.advertiser != placed.advertiser && !placed.categories.empty()) {
          ASSERT_NE(beside.categories, placed.categories) << "competitors";
        }
      }
    }
    for (const auto& [index, number] : of_order) {
      const auto& placed = plan.orders[index];
      if (placed.logic == Logic::all) {
        ASSERT_EQ(static_cast<std::size_t>(number), placed.creatives.size()) << "half-served";
      } else {
        ASSERT_LE(number, placed.most_per_download);
      }
      ASSERT_EQ(left.at(placed.id) - permits.left.at(placed.id), number) << "what was taken is what is heard";
    }
    for (const auto& [advertiser, its] : of_advertiser) ASSERT_EQ(its.size(), 1U) << advertiser;
    ASSERT_LE(30s * insertions.size(), at.most_ad_time);
  }
}

}  // namespace
}  // namespace carillon::ads
