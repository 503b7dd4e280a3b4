// Days of a real request log: counted, counted again, cut, torn, divided between nodes; and a simulated day whose truth is known.

#include "stats/rollups/figures.hpp"

#include "base/file.hpp"
#include "podcast/store/shows.hpp"
#include "podcast/testing/catalogue_world.hpp"
#include "stats/log/segment.hpp"
#include "stats/log/segment_writer.hpp"
#include "stats/rollups/schema.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <soci/soci.h>

#include <array>
#include <csignal>
#include <fstream>
#include <map>
#include <numeric>
#include <random>
#include <ranges>
#include <thread>

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace carillon::stats {
namespace {

using namespace std::chrono_literals;
using podcast::testing::CatalogueWorld;
using podcast::testing::needed;
using ::testing::HasSubstr;

constexpr const char* kApps[] = {"AntennaPod/3.5.0", "Overcast/3.0 (+http://overcast.fm/; iOS podcast app)", "Castro 2024/1",
                                 "gPodder/3.11 Linux"};

class FiguresTest : public ::testing::Test {
 protected:
  static constexpr std::uint64_t kFrames = 60 * 960'000, kHeader = 30'000, kWhole = kHeader + kFrames;

  void SetUp() override {
    // An hour of 128 kbit/s.
    for (auto& episode : world.episodes) {
      episode.master->frames_length = ByteCount{kFrames};
      episode.master->duration = std::chrono::hours{1};
      episode.frozen->prefix_length = ByteCount{kHeader};
      world.commit(episode);
    }
    day = std::chrono::floor<std::chrono::days>(world.clock.now());
    world.clock.set(Time{day} + 12h);
    open();
  }
  /// In a process that was forked, where the threads of all databases are missing.
  void open_as_child() {
    const auto file = world.folder.path() / "carillon.db";
    const std::array known{db::Migration{needed(db::Database::schema_number(file)), "the last one of the world", ""}};
    // Never closed: the process ends before.
    auto own = needed(db::Database::open(file, known));
    podcasts = own.release();
    open();
  }
  /// As after a restart.
  void open() {
    figures.reset();
    warehouse.reset();
    database.reset();
    database = needed(db::Database::open(world.folder.path() / "statistics.db", rollups_schema()));
    warehouse = sql_warehouse(*database);
    figures = std::make_unique<Figures>(Figures::Parts{.logs = [this] { return std::vector{requests("a"), requests("b")}; },
                                                       .warehouse = *warehouse,
                                                       .podcasts = podcasts ? *podcasts : *world.database,
                                                       .clock = world.clock,
                                                       .lists = world.folder.path() / "lists",
                                                       .steady = [this] { return steady; }});
  }
  std::filesystem::path requests(const std::string& node) const { return world.folder.path() / ("requests-" + node); }
  void write(const std::vector<Record>& records, const std::string& node = "a") {
    needed(make_folder(requests(node)));
    SegmentWriter writer{requests(node), ++segment};
    for (std::span<const Record> left{records}; !left.empty();) left = left.subspan(needed(writer.append(left)));
  }
  Record request(std::size_t episode = 0, std::uint8_t listener = 1) const {
    Record record;
    record.time = Time{day} + 9h;
    record.episode = world.episodes.at(episode).id;
    record.media = world.episodes.at(episode).frozen->whole;
    record.method = "GET";
    record.status = 200;
    record.sent = ByteCount{kWhole};
    record.whole = ByteCount{kWhole};
    record.first = ByteCount{0};
    record.listener.fill(std::byte{listener});
    record.key = 1;
    record.user_agent = kApps[0];
    record.country = "CH";
    return record;
  }
  std::vector<Figure> of(Query query) {
    query.from = query.from == std::chrono::sys_days{} ? day : query.from;
    query.to = query.to == std::chrono::sys_days{} ? day + std::chrono::days{1} : query.to;
    return needed(figures->downloads(query));
  }
  /// Rounds until there is nothing left to count.
  void work() {
    while (figures->work() < world.clock.now() + kRecountEvery) continue;
  }
  std::uint64_t downloads_of_show() {
    std::uint64_t sum = 0;
    for (const auto& figure : of({.show_id = world.show.id})) sum += figure.downloads;
    return sum;
  }

  CatalogueWorld world{3};
  db::Database* podcasts = nullptr;
  std::chrono::steady_clock::time_point steady;
  std::chrono::sys_days day;
  std::uint64_t segment = 0;
  std::unique_ptr<db::Database> database;
  std::unique_ptr<Warehouse> warehouse;
  std::unique_ptr<Figures> figures;
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

/// Runs `work` in a process of its own, which ends with it.
pid_t start(const auto& work) {
  const auto child = ::fork();
  if (child == 0) {
    // An exception would lead back into the tests, of which there is only one run.
    try {
      work();
    } catch (const std::exception& error) {
      ::fputs(error.what(), stderr);
      ::_exit(2);
    }
    ::_exit(0);
  }
  return child;
}

TEST_F(FiguresTest, AreTheSameAfterKillsAtAnyMoment) {
  std::mt19937 random{9};
  std::vector<Record> records;
  for (std::uint32_t number = 0; number < 4000; ++number) {
    auto record = request(number % 3, 1);
    std::memcpy(record.listener.data(), &number, sizeof number);
    record.time += number * 1s;
    records.push_back(record);
  }
  write(records);
  const auto once = needed(figures->count(day));
  const auto downloads = downloads_of_show();
  EXPECT_EQ(downloads, 4000);
  const auto began = std::chrono::steady_clock::now();
  needed(figures->count(day));
  const auto took = std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - began).count();
  // One database at a time: the child has its own.
  figures.reset();
  warehouse.reset();
  database.reset();
  for (int round = 0; round < 8; ++round) {
    const auto child = start([&] {
      open_as_child();
      for (;;) {
        if (!figures->count(day)) ::_exit(1);
      }
    });
    std::this_thread::sleep_for(std::chrono::microseconds{static_cast<long long>(random() % static_cast<std::uint64_t>(8 * took + 1))});
    ::kill(child, SIGKILL);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status)) << "counting failed";
    open();
    ASSERT_EQ(downloads_of_show(), downloads) << "a day is replaced at once or not at all, round " << round;
    ASSERT_EQ(needed(figures->days(day, day + std::chrono::days{1})).at(0).digest, once.digest);
    figures.reset();
    warehouse.reset();
    database.reset();
  }
  open();
  EXPECT_EQ(needed(figures->count(day)).digest, once.digest);
}

TEST_F(FiguresTest, StayWhenTheDiskIsFull) {
  write({request(0, 1)});
  const auto once = needed(figures->count(day));
  std::vector<Record> records;
  for (std::uint32_t number = 2; number < 3000; ++number) {
    auto record = request(number % 3, 1);
    std::memcpy(record.listener.data(), &number, sizeof number);
    records.push_back(record);
  }
  write(records);
  figures.reset();
  warehouse.reset();
  database.reset();
  const auto child = start([&] {
    open_as_child();
    ::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{64 * 1024, 64 * 1024};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    const auto counted = figures->count(day);
    ::_exit(counted ? 1 : 0);
  });
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0) << "it was counted without room for it";
  open();
  EXPECT_EQ(downloads_of_show(), 1);
  EXPECT_EQ(needed(figures->days(day, day + std::chrono::days{1})).at(0), once);
  needed(figures->count(day));
  EXPECT_EQ(downloads_of_show(), 2999);
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

TEST_F(FiguresTest, AreTheSameAfterARestartInTheMiddleOnTwoNodesAndCountedAgain) {
  std::vector<Record> records;
  for (std::uint8_t number = 0; number < 40; ++number) {
    auto record = request(number % 3U, number % 7);
    record.time += number * 1min;
    record.status = 206;
    record.first = ByteCount{number * 700'000U};
    record.sent = ByteCount{600'000};
    records.push_back(record);
  }
  write(records);
  const auto once = needed(figures->count(day));
  EXPECT_GT(downloads_of_show(), 0);
  EXPECT_EQ(needed(figures->count(day)).digest, once.digest);

  std::filesystem::remove_all(requests("a"));
  write({records.begin(), records.begin() + 13}, "a");
  open();
  write({records.begin() + 13, records.begin() + 29}, "b");
  write({records.begin() + 29, records.end()}, "a");
  EXPECT_EQ(needed(figures->count(day)).digest, once.digest);
}

TEST_F(FiguresTest, StayWhenTheLogIsGone) {
  write({request(0, 1), request(0, 2)});
  const auto once = needed(figures->count(day));
  std::filesystem::remove_all(requests("a"));
  const auto refused = figures->count(day);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::conflict);
  EXPECT_THAT(refused.error().message, HasSubstr("0 of the 2 requests"));
  EXPECT_EQ(downloads_of_show(), 2);
  EXPECT_EQ(needed(figures->days(day, day + std::chrono::days{1})).at(0), once);
}

TEST_F(FiguresTest, ReadATornSegmentUpToTheTear) {
  write({request(0, 1)});
  write({request(0, 2)});
  const auto newest = needed(segments_in(requests("a"))).back().path;
  std::filesystem::resize_file(newest, std::filesystem::file_size(newest) - 5);
  needed(figures->count(day));
  EXPECT_EQ(downloads_of_show(), 1);
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

/// What one simulated listener does with one episode, and whether that is a download.
struct Habit {
  const char* name;
  bool is_download;
  int weight;
};
constexpr Habit kHabits[] = {{"downloads the whole file", true, 30},
                             {"plays, seeks and plays on", true, 20},
                             {"downloads in eight parts", true, 10},
                             {"asks for two bytes, then for everything", true, 10},
                             {"loses the connection and resumes", true, 10},
                             {"leaves within the first minute", false, 10},
                             {"comes back for the same half minute", false, 4},
                             {"is a robot", false, 3},
                             {"is a watch", false, 1},
                             {"is in a data center", false, 1},
                             {"asks for the headers alone", false, 1}};

TEST_F(FiguresTest, OfASimulatedDayAreTheTruth) {
  std::mt19937_64 random{20261124};
  std::vector<Record> records;
  std::map<std::string, std::uint64_t> truth;
  std::vector<int> weights;
  for (const auto& habit : kHabits) weights.push_back(habit.weight);
  std::discrete_distribution<std::size_t> draw{weights.begin(), weights.end()};
  for (std::uint32_t number = 0; number < 3000; ++number) {
    const auto episode = random() % world.episodes.size();
    const auto& habit = kHabits[draw(random)];
    auto base = request(episode);
    base.listener.fill({});
    std::memcpy(base.listener.data(), &number, sizeof number);
    base.user_agent = kApps[random() % std::size(kApps)];
    base.time = Time{day} + std::chrono::seconds{random() % 80'000};
    const auto send = [&](std::uint64_t first, std::uint64_t length, auto... change) {
      auto record = base;
      record.status = first == 0 && length == kWhole ? 200 : 206;
      record.first = ByteCount{first};
      record.sent = ByteCount{length};
      if (record.status == 206) record.range = "bytes=" + std::to_string(first) + "-" + std::to_string(first + length - 1);
      (change(record), ...);
      base.time += std::chrono::seconds{random() % 600};
      records.push_back(record);
    };
    const std::string_view name = habit.name;
    if (name.starts_with("downloads the whole")) {
      send(0, kWhole);
      if (random() % 3 == 0) send(0, kWhole);
    } else if (name.starts_with("plays")) {
      send(0, kHeader + 500'000);
      send(30'000'000, 480'000);
      send(30'000'000 + 480'000, random() % 900'000);
    } else if (name.starts_with("downloads in eight")) {
      for (const auto part : {3U, 1U, 0U, 2U, 7U, 6U, 5U, 4U}) send(part * (kWhole / 8), kWhole / 8);
    } else if (name.starts_with("asks for two")) {
      send(0, 2);
      send(0, kWhole, [](Record& record) { record.range = "bytes=0-"; });
    } else if (name.starts_with("loses")) {
      const auto cut = 10'000 + random() % (kWhole - 20'000);
      send(0, cut);
      send(cut, kWhole - cut);
    } else if (name.starts_with("leaves")) {
      send(0, 1'000 + random() % 900'000);
    } else if (name.starts_with("comes back")) {
      for (int again = 0; again < 5; ++again) send(0, kHeader + 480'000);
    } else if (name.starts_with("is a robot")) {
      send(0, kWhole, [](Record& record) { record.user_agent = "Mozilla/5.0 (compatible; bingbot/2.0)"; });
    } else if (name.starts_with("is a watch")) {
      send(0, kWhole, [](Record& record) { record.user_agent = "atc/1.0 watchOS/10.1 model/Watch6,9"; });
    } else if (name.starts_with("is in a data")) {
      send(0, kWhole, [](Record& record) { record.data_centre = true; });
    } else {
      send(0, 0, [](Record& record) {
        record.method = "HEAD";
        record.status = 200;
        record.range = "";
      });
    }
    if (habit.is_download) ++truth[world.episodes[episode].id];
  }
  // As they end, not as they begin, on two nodes.
  std::ranges::shuffle(records, random);
  const auto half = records.begin() + static_cast<std::ptrdiff_t>(records.size() / 2);
  write({records.begin(), half}, "a");
  write({half, records.end()}, "b");
  const auto state = needed(figures->count(day));
  std::uint64_t all = 0;
  for (const auto& [episode, count] : truth) {
    EXPECT_EQ(of({.episode = episode}).at(0).downloads, count);
    all += count;
  }
  EXPECT_EQ(downloads_of_show(), all);
  EXPECT_EQ(state.verdicts[static_cast<std::size_t>(Verdict::download)], all);
}

}  // namespace
}  // namespace carillon::stats
