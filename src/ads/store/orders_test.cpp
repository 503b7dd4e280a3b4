#include "ads/store/orders.hpp"

#include "ads/store/advertisers.hpp"
#include "ads/store/creative_rows.hpp"
#include "ads/store/order_rows.hpp"
#include "ads/store/owners.hpp"
#include "ads/store/schema.hpp"
#include "ads/store/show_rules.hpp"
#include "podcast/store/shows.hpp"
#include "podcast/testing/catalogue_world.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <soci/soci.h>

namespace carillon::ads {
namespace {

using podcast::testing::needed;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

constexpr std::chrono::hours kDay{24};

class ABookedOrder : public ::testing::Test {
 protected:
  ABookedOrder() {
    write([&](db::Session& session) {
      for (const auto& statement : split_statements(kSchema)) session << statement;
      queries::insert(session, Advertiser{.id = "a1", .network = "default", .name = "Acme", .created = now()});
      queries::insert(session, Campaign{.id = "c1", .network = "default", .advertiser = "a1", .name = "Spring", .created = now()});
    });
  }

  static std::vector<std::string> split_statements(std::string_view sql) {
    std::vector<std::string> statements;
    while (!sql.empty()) {
      const auto end = sql.find(";\n");
      if (end == std::string_view::npos) break;
      statements.emplace_back(sql.substr(0, end));
      sql.remove_prefix(end + 2);
    }
    return statements;
  }

  template <class Work>
  void write(Work work) {
    needed(world.database->write_now([&](db::Session& session) -> Result<> {
      work(session);
      return {};
    }));
  }
  [[nodiscard]] Time now() const { return world.clock.now(); }

  Order order(const std::string& id, OrderState state = OrderState::approved) {
    Order made{.id = id, .network = "default", .campaign = "c1", .advertiser = "a1", .name = "Order " + id, .state = state};
    made.starts = now() - kDay;
    made.ends = now() + 10 * kDay;
    made.created = made.changed = now();
    made.categories = {"cars"};
    write([&](db::Session& session) { queries::insert(session, made); });
    return made;
  }

  BookedCreative creative(const std::string& id, const std::string& order, CreativeState state = CreativeState::ready,
                          bool approved = true) {
    BookedCreative made{.creative = {.id = id, .name = "Spot " + id}, .order = order, .network = "default"};
    made.state = state;
    made.created = made.changed = now();
    if (approved) made.approved = now();
    made.original = crypto::sha256(as_bytes("original " + id));
    write([&](db::Session& session) {
      queries::insert(session, made);
      queries::put_file(session, id, file_of(id), -16, -2);
    });
    return made;
  }
  static CreativeFile file_of(const std::string& id) {
    return {.frames = crypto::sha256(as_bytes("frames " + id)), .length = ByteCount{1000}, .duration = std::chrono::seconds{20}};
  }

  std::vector<std::string> live() {
    std::vector<std::string> ids;
    for (const auto& each : needed(orders.live("default", now()))) ids.push_back(each.id);
    return ids;
  }

  podcast::testing::CatalogueWorld world{1};
  Orders orders{*world.database};
};

TEST_F(ABookedOrder, IsReadAsItWasWritten) {
  auto made = order("o1");
  made.goal = 1'000;
  made.cap = 1'100;
  made.tier = Tier::promo;
  made.priority = 2;
  made.pacing = Pacing::front;
  made.logic = Logic::all;
  made.positions = {Position::midroll, Position::postroll};
  made.most_per_download = 3;
  made.frequency = {{.times = 2, .hours = 48}};
  made.targets.only = {
      .shows = {"s1"}, .countries = {"AT", "DE"}, .regions = {"AT-9"}, .apps = {"Overcast"}, .days = 0b1000001, .hours = 1U << 23U};
  made.targets.except = {.episodes = {"e1"}, .tags = {"news"}, .devices = {"Speaker"}};
  made.price = {.cpm = 1'250, .flat = 9'999, .currency = "USD"};
  write([&](db::Session& session) { queries::update(session, made); });
  const auto found = needed(world.database->read_now([](db::Session& session) { return queries::order(session, "o1"); }));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->goal, made.goal);
  EXPECT_EQ(found->cap, made.cap);
  EXPECT_EQ(found->tier, made.tier);
  EXPECT_EQ(found->priority, made.priority);
  EXPECT_EQ(found->pacing, made.pacing);
  EXPECT_EQ(found->logic, made.logic);
  EXPECT_EQ(found->positions, made.positions);
  EXPECT_EQ(found->most_per_download, made.most_per_download);
  EXPECT_EQ(found->categories, made.categories);
  EXPECT_EQ(found->frequency, made.frequency);
  EXPECT_EQ(found->targets, made.targets);
  EXPECT_EQ(found->price, made.price);
  EXPECT_EQ(found->advertiser, "a1");
  EXPECT_EQ(found->starts, made.starts);
  EXPECT_EQ(found->ends, made.ends);
}

TEST_F(ABookedOrder, IsLiveOnceItIsApprovedWithAReadyCreative) {
  order("draft", OrderState::draft);
  order("empty");
  order("unready");
  order("unapproved");
  order("good");
  creative("1", "draft");
  creative("2", "unready", CreativeState::processing);
  creative("3", "unapproved", CreativeState::ready, false);
  creative("4", "good");
  creative("5", "good", CreativeState::failed);
  EXPECT_THAT(live(), ElementsAre("good"));
  const auto found = needed(orders.live("default", now())).front();
  ASSERT_EQ(found.creatives.size(), 1U);
  const auto* file = found.creatives.front().file_in({});
  ASSERT_NE(file, nullptr);
  EXPECT_EQ(file->frames, file_of("4").frames);
  EXPECT_EQ(file->length, file_of("4").length);
  EXPECT_EQ(file->duration, file_of("4").duration);
  EXPECT_THAT(needed(orders.live("other", now())), IsEmpty());
  EXPECT_THAT(needed(orders.networks(now())), ElementsAre("default"));
}

TEST_F(ABookedOrder, StopsAtItsEndAndWithItsCreatives) {
  order("o1");
  auto spot = creative("1", "o1");
  spot.creative.expires = now() + kDay;
  write([&](db::Session& session) { queries::update(session, spot); });
  EXPECT_THAT(live(), ElementsAre("o1"));
  world.clock.advance(2 * kDay);
  EXPECT_THAT(live(), IsEmpty()) << "its creative has expired";
  spot.creative.expires.reset();
  write([&](db::Session& session) { queries::update(session, spot); });
  EXPECT_THAT(live(), ElementsAre("o1"));
  write([&](db::Session& session) { queries::mark_creative_deleted(session, "1", now()); });
  EXPECT_THAT(live(), IsEmpty());
  world.clock.advance(20 * kDay);
  EXPECT_THAT(needed(orders.networks(now())), IsEmpty());
}

TEST_F(ABookedOrder, HasTheCategoriesOfItsCreatives) {
  order("o1");
  auto spot = creative("1", "o1");
  spot.categories = {"banks", "cars"};
  write([&](db::Session& session) { queries::update(session, spot); });
  EXPECT_THAT(needed(orders.live("default", now())).front().categories, ElementsAre("cars", "banks"));
}

TEST_F(ABookedOrder, WithUnreadableTermsDoesNotStopTheOthers) {
  order("broken");
  order("good");
  creative("1", "broken");
  creative("2", "good");
  write([](db::Session& session) { session << "UPDATE ad_orders SET terms = '{\"pacing\":\"sideways\"}' WHERE id = 'broken'"; });
  EXPECT_THAT(live(), ElementsAre("good"));
  const auto found = world.database->read_now([](db::Session& session) { return queries::order(session, "broken"); });
  EXPECT_EQ(found.error().kind, ErrorKind::corrupt);
}

TEST_F(ABookedOrder, KeepsTheFilesOfDeletedCreativesForThirtyDays) {
  order("o1");
  creative("1", "o1");
  const auto referenced = [&] {
    return needed(world.database->write_now([&](db::Session& session) {
      queries::drop_files_of_deleted(session, now());
      return referenced_media(session);
    }));
  };
  const auto original = crypto::sha256(as_bytes("original 1"));
  EXPECT_THAT(referenced(), UnorderedElementsAre(original, file_of("1").frames));
  write([&](db::Session& session) { queries::mark_order_deleted(session, "o1", now()); });
  EXPECT_THAT(live(), IsEmpty());
  world.clock.advance(kDeletedCreativeKept);
  EXPECT_THAT(referenced(), UnorderedElementsAre(original, file_of("1").frames)) << "arrangements with it are still served";
  world.clock.advance(std::chrono::seconds{1});
  EXPECT_THAT(referenced(), IsEmpty());
}

TEST_F(ABookedOrder, ReportsChangesOnceTheyAreCommitted) {
  std::vector<std::string> changed;
  orders.on_change([&](const std::string& network) { changed.push_back(network); });
  write([&](db::Session&) { orders.note_change("default"); });
  EXPECT_THAT(changed, ElementsAre("default"));
  (void)world.database->write_now([&](db::Session&) -> Result<> {
    orders.note_change("default");
    return fail(ErrorKind::conflict, "rolled back");
  });
  EXPECT_THAT(changed, ElementsAre("default"));
}

TEST_F(ABookedOrder, NeedsFilesForTheFormatsOfShows) {
  auto mono = world.show;
  mono.id = "mono";
  mono.slug = "mono";
  mono.guid = "mono";
  mono.format = {.bitrate = 96'000, .channels = 1};
  mono.audio.loudness = podcast::LoudnessHabit::by_channels;
  write([&](db::Session& session) { podcast::queries::insert(session, mono); });
  const auto targets = needed(world.database->read_now(
      [](db::Session& session) -> Result<std::vector<FileTarget>> { return queries::targets_of_shows(session, "default"); }));
  EXPECT_THAT(targets, UnorderedElementsAre(FileTarget{}, FileTarget{.format = mono.format, .loudness = -19}));
}

TEST_F(ABookedOrder, IsBoundByTheRulesOfShows) {
  EXPECT_THAT(needed(orders.rules("default")), IsEmpty());
  const ShowRules rules{.blocked_categories = {"alcohol"}, .most_per_advertiser = 2, .most_per_hour = std::chrono::seconds{240}};
  write([&](db::Session& session) { queries::set_rules(session, world.show.id, rules); });
  EXPECT_EQ(needed(orders.rules("default")).at(world.show.id), rules);
  EXPECT_EQ(most_ad_time(rules, std::chrono::minutes{30}), std::chrono::minutes{2});
  EXPECT_EQ(most_ad_time({}, std::chrono::minutes{30}), std::chrono::days{1});
}

}  // namespace
}  // namespace carillon::ads
