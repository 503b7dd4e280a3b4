// Days of a real request log: counted, counted again, changed.

#include "stats/rollups/testing/figures_world.hpp"

#include "base/file.hpp"
#include "podcast/store/shows.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <soci/soci.h>

#include <map>
#include <numeric>
#include <ranges>

namespace carillon::stats {
namespace {

using namespace std::chrono_literals;
using testing::FiguresWorld;
using ::testing::HasSubstr;
using testing::kApps;
using testing::needed;

class FiguresTest : public ::testing::Test, protected FiguresWorld {
 protected:
  FiguresTest() : FiguresWorld{3} {}
};

TEST_F(FiguresTest, AreOfEpisodesAndOfTheShow) {
  auto other = request(1, 1);
  other.user_agent = kApps[1];
  other.country = "";
  other.time += 3h;
  write({request(0, 1), request(0, 2), request(1, 1), other});
  needed(figures->count(day));
  const auto show = of({.show_id = world.show.id});
  ASSERT_EQ(show.size(), 1);
  EXPECT_EQ(show[0].downloads, 4);
  EXPECT_EQ(show[0].listeners, 3) << "a listener is an address with an agent";
  EXPECT_TRUE(show[0].provisional);
  EXPECT_EQ(of({.episode = world.episodes[0].id}).at(0).downloads, 2);
  EXPECT_EQ(of({.episode = world.episodes[2].id}).size(), 0);
  const auto apps = of({.show_id = world.show.id, .by = Dimension::app});
  ASSERT_EQ(apps.size(), 2);
  EXPECT_EQ(apps[0].key, "AntennaPod");
  EXPECT_EQ(apps[0].downloads, 3);
  EXPECT_EQ(apps[1].key, "Overcast");
  const auto countries = of({.show_id = world.show.id, .by = Dimension::country});
  ASSERT_EQ(countries.size(), 2);
  EXPECT_EQ(countries[1].key, "") << "unknown";
  const auto hours = of({.show_id = world.show.id, .granularity = Granularity::hour});
  ASSERT_EQ(hours.size(), 2);
  EXPECT_EQ(hours[0].from, Time{day} + 9h);
  EXPECT_EQ(hours[0].downloads, 3);
}

TEST_F(FiguresTest, OfAnOrderAreItsDeliveries) {
  // Half a minute in front, half a minute at the end, and a tag.
  constexpr std::int64_t kAd = 480'000;
  Digest arrangement{};
  arrangement.bytes[0] = std::byte{7};
  arrangements[arrangement] = {.episode = world.episodes[0].id,
                               .length = static_cast<std::int64_t>(kFrames) + 2 * kAd,
                               .bitrate = 128'000,
                               .ads = {{"order", "a", "preroll", 0, kAd},
                                       {"order", "b", "postroll", static_cast<std::int64_t>(kFrames) + kAd, kAd},
                                       {"other", "c", "postroll", static_cast<std::int64_t>(kFrames) + kAd, kAd}}};
  const auto arranged = [&](std::uint8_t listener, std::uint64_t sent) {
    auto record = request(0, listener);
    record.asked = Asked::arrangement;
    record.arrangement = arrangement.hex();
    record.media = arrangement;
    record.whole = ByteCount{kWhole + 2 * static_cast<std::uint64_t>(kAd)};
    record.sent = ByteCount{sent};
    return record;
  };
  auto later = arranged(2, kHeader + 960'000);
  later.time += 2h;
  write({arranged(1, kWhole + 2 * kAd), later, arranged(3, kHeader + 959'999), request(1, 4)});
  needed(figures->count(day));
  EXPECT_EQ(downloads_of_show(), 3U) << "the third got less than a minute";
  const auto report = needed(figures->report("order"));
  EXPECT_EQ(report.delivered, 3);
  EXPECT_EQ(report.downloads, 2);
  EXPECT_EQ(report.listeners, 2);
  EXPECT_EQ(report.by_day, (std::map<std::chrono::sys_days, std::int64_t>{{day, 3}}));
  EXPECT_EQ(report.provisional_from, day);
  const auto delivered = needed(figures->delivered(Time{day}));
  EXPECT_EQ(delivered.at("order").total, 3);
  EXPECT_EQ(delivered.at("order").by_hour, (std::map<Time, std::int64_t>{{Time{day} + 9h, 2}, {Time{day} + 11h, 1}}));
  EXPECT_EQ(delivered.at("other").total, 1);
  EXPECT_EQ(needed(figures->report("nothing")).delivered, 0);
  // Again, and it's still the same.
  const auto before = needed(figures->days(day, day + std::chrono::days{1})).at(0).digest;
  EXPECT_EQ(needed(figures->count(day)).digest, before);
  EXPECT_EQ(needed(figures->report("order")).delivered, 3);
}

TEST_F(FiguresTest, OfAMonthHaveEachListenerOnce) {
  auto next = request();
  next.time += 24h;
  write({request(), next});
  world.clock.advance(24h);
  needed(figures->count(day));
  needed(figures->count(day + std::chrono::days{1}));
  const auto months = of({.show_id = world.show.id, .to = day + std::chrono::days{2}, .granularity = Granularity::month});
  ASSERT_EQ(months.size(), 1);
  EXPECT_EQ(months[0].downloads, 2);
  EXPECT_EQ(months[0].listeners, 1);
}

TEST_F(FiguresTest, OfSeveralShowsHaveEachListenerOnce) {
  // Another show with the second episode.
  auto other = world.show;
  other.id += "x";
  other.slug = "other";
  other.guid += "x";
  auto moved = world.episodes[1];
  needed(world.database->write_now([&](db::Session& session) -> Result<> {
    podcast::queries::insert(session, other);
    podcast::queries::remove_episode(session, moved.id);
    moved.show_id = other.id;
    podcast::queries::insert(session, moved);
    return {};
  }));
  auto next = request(1, 2);
  next.time += 24h;
  write({request(0, 1), request(2, 1), request(1, 1), request(1, 2), next});
  world.clock.advance(24h);
  needed(figures->count(day));
  needed(figures->count(day + std::chrono::days{1}));
  const Query network{.show_id = {}, .shows = {world.show.id, other.id}, .from = day, .to = day + std::chrono::days{2}};
  const auto days = of(network);
  ASSERT_EQ(days.size(), 2);
  EXPECT_EQ(days[0].downloads, 4);
  EXPECT_EQ(days[0].listeners, 2);
  auto by = network;
  by.granularity = Granularity::period;
  const auto all = of(by);
  ASSERT_EQ(all.size(), 1);
  EXPECT_EQ(all[0].from, Time{day});
  EXPECT_EQ(all[0].downloads, 5);
  EXPECT_EQ(all[0].listeners, 2);
  by.by = Dimension::show;
  const auto shows = of(by);
  ASSERT_EQ(shows.size(), 2);
  EXPECT_EQ(shows[0].key, other.id);
  EXPECT_EQ(shows[0].downloads, 3);
  EXPECT_EQ(shows[0].listeners, 2);
  EXPECT_EQ(shows[1].listeners, 1);
  by.by = Dimension::episode;
  EXPECT_EQ(of(by).size(), 3);
  by.show_id = world.show.id;
  const auto episodes = of(by);
  ASSERT_EQ(episodes.size(), 2);
  EXPECT_EQ(episodes[0].listeners, 1);
  by = network;
  by.by = Dimension::country;
  EXPECT_EQ(of(by).at(0).downloads, 4);
  EXPECT_EQ(of({.show_id = {}, .shows = {}}).size(), 0) << "a network without shows";

  const auto hours =
      needed(figures->hours({{moved.id, Time{day} + 9h, Time{day} + 34h}, {world.episodes[0].id, Time{day} + 10h, Time{day}}}));
  ASSERT_EQ(hours.size(), 2);
  ASSERT_EQ(hours[0].size(), 25);
  EXPECT_EQ(hours[0].front(), 2);
  EXPECT_EQ(hours[0].back(), 1);
  EXPECT_EQ(std::accumulate(hours[0].begin(), hours[0].end(), std::uint64_t{0}), 3);
  EXPECT_TRUE(hours[1].empty());
}

TEST_F(FiguresTest, RegionsAreOfTheirCountry) {
  auto first = request(0, 1), second = request(0, 2), coded = request(0, 3), unknown = request(0, 4);
  first.country = "NL";
  second.country = "BE";
  first.region = second.region = "Limburg";
  coded.country = "US";
  coded.region = "US-CA";
  write({first, second, coded, unknown});
  needed(figures->count(day));
  std::vector<std::string> keys;
  for (const auto& figure : of({.show_id = world.show.id, .by = Dimension::region})) keys.push_back(figure.key);
  EXPECT_THAT(keys, ::testing::ElementsAre("", "BE/Limburg", "NL/Limburg", "US-CA"));
}

TEST_F(FiguresTest, OfEarlierVersionsGetTheirSums) {
  write({request(0, 1), request(1, 1)});
  figures.reset();
  warehouse.reset();
  database.reset();
  std::filesystem::remove(world.folder.path() / "statistics.db");
  database = needed(db::Database::open(world.folder.path() / "statistics.db", rollups_schema().first(1)));
  needed(database->write_now([&](db::Session& session) -> Result<> {
    for (const auto* name : {"09", "10"}) {
      const std::string hour = name;
      const auto number = day.time_since_epoch().count();
      session << "INSERT INTO downloads (episode, dimension, day, name, show_id, count) VALUES (:episode, 0, :day, :name, :show, 2)",
          soci::use(world.episodes[0].id), soci::use(number), soci::use(hour), soci::use(world.show.id);
    }
    return {};
  }));
  open();
  EXPECT_EQ(downloads_of_show(), 4);
  EXPECT_EQ(of({.episode = world.episodes[0].id}).at(0).downloads, 4);
  EXPECT_EQ(of({.show_id = world.show.id, .granularity = Granularity::hour}).size(), 2);
  needed(figures->count(day));
  EXPECT_EQ(downloads_of_show(), 2);
}

TEST_F(FiguresTest, AreCountedByARoundUntilTheyAreFinal) {
  write({request(0, 1)});
  work();
  EXPECT_EQ(downloads_of_show(), 1);
  write({request(0, 2)});
  work();
  EXPECT_EQ(downloads_of_show(), 2);
  world.clock.set(Time{day} + 24h + kLateData - 1s);
  // A response that took until now.
  write({request(0, 3)});
  work();
  EXPECT_EQ(downloads_of_show(), 3);
  EXPECT_FALSE(needed(figures->days(day, day + std::chrono::days{1})).at(0).final);
  world.clock.advance(1s);
  work();
  EXPECT_FALSE(needed(figures->days(day, day + std::chrono::days{1})).at(0).final) << "the clock may be wrong";
  steady += kSureOfClock;
  work();
  EXPECT_TRUE(needed(figures->days(day, day + std::chrono::days{1})).at(0).final);
  EXPECT_FALSE(of({.show_id = world.show.id}).at(0).provisional);
  write({request(0, 4)});
  work();
  EXPECT_EQ(downloads_of_show(), 3) << "final is final";
}

TEST_F(FiguresTest, StayFinalWhenTheyAreCountedAgain) {
  write({request(0, 1)});
  world.clock.advance(4 * 24h);
  work();
  steady += kSureOfClock;
  work();
  open();
  const auto again = needed(figures->count(day));
  EXPECT_TRUE(again.final);
  write({request(0, 2)});
  work();
  EXPECT_EQ(downloads_of_show(), 1) << "late data doesn't change what is final";
}

TEST_F(FiguresTest, SayHowFarStreamedDownloadsWent) {
  constexpr const char* kChrome = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36";
  auto plain = request(0, 1), streamed = request(0, 2), further = request(1, 3);
  for (auto* record : {&streamed, &further}) {
    record->user_agent = kChrome;
    record->status = 206;
    record->range = "bytes=0-";
  }
  streamed.sent = ByteCount{kWhole / 4};
  write({plain, streamed, further});
  const auto state = needed(figures->count(day));
  const auto reached = [&](Query query) {
    query.granularity = Granularity::period;
    query.by = Dimension::reached;
    std::map<std::string, std::uint64_t> all;
    for (const auto& figure : of(query)) all[figure.key] = figure.downloads;
    return all;
  };
  using ::testing::ElementsAre;
  using ::testing::Pair;
  EXPECT_THAT(reached({.show_id = world.show.id}), ElementsAre(Pair("02", 1U), Pair("10", 1U)));
  EXPECT_THAT(reached({.show_id = {}, .shows = {world.show.id}}), ElementsAre(Pair("02", 1U), Pair("10", 1U)));
  EXPECT_THAT(reached({.episode = world.episodes[0].id}), ElementsAre(Pair("02", 1U)));
  EXPECT_EQ(downloads_of_show(), 3);
  EXPECT_EQ(needed(figures->count(day)).digest, state.digest);
  EXPECT_EQ(needed(figures->first_day()), day);
  EXPECT_EQ(of({.show_id = world.show.id}).at(0).rules, kRulesVersion);
}

TEST_F(FiguresTest, SayWithWhichRulesTheyWereCounted) {
  EXPECT_EQ(needed(figures->first_day()), std::nullopt);
  CountedDay counted{.texts = {"", world.episodes[0].id}, .downloads = {{.first = Time{day} + 1h, .listener = 1, .key = 1, .episode = 1}}};
  const std::map<std::string, std::string> shows{{world.episodes[0].id, world.show.id}};
  for (const int later : {0, 1, 2}) {
    counted.downloads[0].first = Time{day + std::chrono::days{later}} + 1h;
    needed(warehouse->put({.day = day + std::chrono::days{later}, .rules = later + 1}, counted, shows));
  }
  const Query query{.show_id = world.show.id, .to = day + std::chrono::days{2}};
  const auto days = of(query);
  ASSERT_EQ(days.size(), 2);
  EXPECT_EQ(days[0].rules, 1);
  EXPECT_EQ(days[1].rules, 2);
  auto hours = query, period = query;
  hours.granularity = Granularity::hour;
  period.granularity = Granularity::period;
  EXPECT_EQ(of(hours).at(1).rules, 2);
  EXPECT_EQ(of(period).at(0).rules, 2);
}

TEST_F(FiguresTest, OfAPeriodAreProvisionalWhereTheirLastDaysAre) {
  auto later = request(0, 2), both = request(0, 3), again = both;
  again.time += 4 * 24h;
  later.time += 4 * 24h;
  both.country = again.country = "FR";
  later.country = "AT";
  write({request(0, 1), both});
  write({later, again});
  world.clock.advance(4 * 24h);
  work();
  steady += kSureOfClock;
  work();
  const Query period{.show_id = world.show.id, .to = day + std::chrono::days{5}, .granularity = Granularity::period};
  std::map<std::string, std::pair<std::uint64_t, bool>> countries;
  auto by = period;
  by.by = Dimension::country;
  for (const auto& figure : of(by)) countries[figure.key] = {figure.downloads, figure.provisional};
  EXPECT_THAT(countries, ::testing::ElementsAre(::testing::Pair("AT", std::pair{1U, true}), ::testing::Pair("CH", std::pair{1U, false}),
                                                ::testing::Pair("FR", std::pair{2U, true})));
  EXPECT_TRUE(of(period).at(0).provisional);
  auto past = period;
  past.to = day + std::chrono::days{4};
  EXPECT_FALSE(of(past).at(0).provisional);
  EXPECT_EQ(of(past).at(0).downloads, 2);
}

TEST_F(FiguresTest, AreNotFinalBecauseTheClockIsAhead) {
  const auto is_final = [&] { return needed(figures->days(day, day + std::chrono::days{1})).at(0).final; };
  write({request(0, 1)});
  work();
  const auto right = world.clock.now();
  world.clock.set(right + 5 * 24h);
  work();
  steady += kSureOfClock - 1s;
  work();
  EXPECT_FALSE(is_final());
  world.clock.set(right);
  work();
  steady += 2s;
  world.clock.set(right + 5 * 24h);
  work();
  EXPECT_FALSE(is_final()) << "the hour begins again";
  steady += kSureOfClock;
  work();
  EXPECT_TRUE(is_final());
  // It was wrong for hours, and then it is noticed.
  world.clock.set(right + 1h);
  write({request(0, 2)});
  work();
  EXPECT_FALSE(is_final());
  EXPECT_EQ(downloads_of_show(), 2);
  open();
  world.clock.set(right + 4 * 24h);
  write({request(0, 3)});
  work();
  EXPECT_FALSE(is_final()) << "a restart doesn't make it sure";
  EXPECT_EQ(downloads_of_show(), 3);
  steady += kSureOfClock;
  work();
  EXPECT_TRUE(is_final());
  write({request(0, 4)});
  work();
  EXPECT_EQ(downloads_of_show(), 3);
}

TEST_F(FiguresTest, OfALongLogAreCountedDayByDay) {
  std::vector<Record> records;
  for (int number = 0; number < 6; ++number) {
    auto record = request(0, 1);
    record.time -= number * 24h;
    records.push_back(record);
  }
  // A segment for each day, the oldest first.
  for (const auto& record : records | std::views::reverse) write({record});
  for (const std::size_t days : {2U, 3U, 4U, 5U}) {
    EXPECT_LT(figures->work(), world.clock.now() + kRecountEvery) << "there is more to count";
    EXPECT_EQ(needed(figures->days(day - std::chrono::days{9}, day + std::chrono::days{1})).size(), days);
  }
  EXPECT_GE(figures->work(), world.clock.now() + kRecountEvery);
  EXPECT_EQ(needed(figures->days(day - std::chrono::days{9}, day + std::chrono::days{1})).size(), 6);
  EXPECT_EQ(of({.show_id = world.show.id, .from = day - std::chrono::days{9}}).size(), 6);
}

TEST_F(FiguresTest, StayWhenTheEpisodeChanges) {
  // Ten minutes' worth: more than a minute of this master, less than one of a fatter one.
  auto record = request();
  record.status = 206;
  record.sent = ByteCount{kHeader + 960'000};
  write({record});
  const auto once = needed(figures->count(day));
  EXPECT_EQ(downloads_of_show(), 1);
  auto& episode = world.episodes[0];
  episode.master->frames_length = ByteCount{3 * kFrames};
  episode.frozen->whole.bytes.fill(std::byte{1});
  world.commit(episode);
  EXPECT_EQ(needed(figures->count(day)).digest, once.digest);
  needed(world.database->write_now([&](db::Session& session) -> Result<> {
    podcast::queries::remove_episode(session, episode.id);
    return {};
  }));
  needed(figures->count(day));
  EXPECT_EQ(of({.episode = episode.id}).at(0).downloads, 1);
}

TEST_F(FiguresTest, TakeTheOperatorsListsForNewDaysAlone) {
  write({request()});
  const auto once = needed(figures->count(day));
  needed(make_folder(world.folder.path() / "lists"));
  needed(write_file(world.folder.path() / "lists" / "bots.json", R"({"entries":[{"name":"Ours","pattern":"AntennaPod"}]})"));
  EXPECT_EQ(needed(figures->count(day)).digest, once.digest);
  open();
  EXPECT_EQ(needed(figures->count(day)).digest, once.digest) << "also after a restart";
  const auto current = needed(figures->count(day, true));
  EXPECT_EQ(current.verdicts[static_cast<std::size_t>(Verdict::bot)], 1);
  EXPECT_THAT(figures->lists_in_use().files, ::testing::ElementsAre("bots.json"));
}

}  // namespace
}  // namespace carillon::stats
