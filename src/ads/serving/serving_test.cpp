// Decisions of a server: who gets what, what is remembered, what is on disk.

#include "ads/serving/ad_server.hpp"
#include "ads/serving/schema.hpp"
#include "audio/testing/frames.hpp"
#include "base/testing/testing.hpp"
#include "crypto/sha256.hpp"

#include <gtest/gtest.h>
#include <soci/soci.h>

#include <random>
#include <thread>

namespace carillon::ads {
namespace {

using namespace std::chrono_literals;
using audio::testing::frames;

template <class T>
T needed(Result<T> result) {
  if (!result) throw std::runtime_error{result.error().message};
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

class ServingTest : public ::testing::Test {
 protected:
  ServingTest() {
    clock_.advance(12h);
    constexpr std::array kMigrations{db::Migration{1, "advertisements", kServingSchema}};
    database_ = needed(db::Database::open(folder_.path() / "carillon.db", kMigrations));
    store_ = needed(blob::open_disk_store(folder_.path() / "media", random_));
    content_ = stored(frames(1'000));
    start();
  }
  Digest stored(const std::string& bytes) {
    auto writer = needed(store_->begin(ByteCount{bytes.size()}));
    needed(writer->write(as_bytes(bytes)));
    return needed(writer->keep()).digest;
  }
  std::unique_ptr<AdServer> opened() {
    return needed(AdServer::open({.database = *database_,
                                  .media = *store_,
                                  .clock = clock_,
                                  .random = random_,
                                  .name_key = key_,
                                  .booked = [this](Time) -> Result<Booked> { return booked_; },
                                  .delivered = [this](Time) -> Result<Outcomes> { return outcomes_; },
                                  .facts = [this](const std::string&, const std::string&) { return facts_; }}));
  }
  void start() {
    if (server_) needed(server_->flush());
    server_.reset();
    server_ = opened();
  }
  Order order(const std::string& id, int creatives = 1) {
    Order made{.id = id, .network = "main"};
    made.advertiser = "advertiser of " + id;
    made.pacing = Pacing::fast;
    made.goal = 1'000'000;
    made.starts = clock_.now() - 24h;
    made.ends = clock_.now() + 240h;
    for (int i = 0; i < creatives; ++i) {
      const auto bytes = frames(20 + i, static_cast<char>('a' + booked_.orders.size() * 3 + static_cast<std::size_t>(i)));
      made.creatives.push_back({.id = id + "-" + std::to_string(i),
                                .files = {{.format = {}, .frames = stored(bytes), .length = ByteCount{bytes.size()}, .duration = 500ms}}});
    }
    return made;
  }
  void book(Order made) {
    booked_.orders.push_back(std::move(made));
    needed(server_->plan_now());
  }
  Visit visit(const std::string& address = "192.0.2.7", const std::string& agent = "AntennaPod/3.5") const {
    const ByteCount length{frames(1'000).size()};
    return {.network = "main",
            .show = "show",
            .content = {.episode = "01jdz0000000000000000000ab",
                        .prefix = content_,
                        .frames = content_,
                        .length = length,
                        .format = {},
                        .duration = 26s,
                        .places = {{.at = {}, .position = Position::preroll, .slots = 1},
                                   {.at = ByteCount{frames(400).size()}, .position = Position::midroll, .slots = 2},
                                   {.at = length, .position = Position::postroll, .slots = 1}}},
            .address = address,
            .user_agent = agent,
            .at = clock_.now()};
  }
  std::optional<std::string> ask(const std::string& address = "192.0.2.7") { return server_->arrangement_for(visit(address)); }
  [[nodiscard]] std::vector<std::string> heard(const std::optional<std::string>& name) {
    if (!name) return {};
    needed(server_->flush());
    const auto found = needed(database_->read_now([&](db::Session& session) -> Result<std::optional<ArrangedAds>> {
      return queries::arrangement(session, crypto::sha256(as_bytes(*name)));
    }));
    std::vector<std::string> ids;
    for (const auto& ad : found.value().ads) ids.push_back(ad.creative);
    return ids;
  }

  carillon::testing::TemporaryFolder folder_;
  carillon::testing::SeededRandom random_;
  carillon::testing::ManualClock clock_;
  std::unique_ptr<db::Database> database_;
  std::unique_ptr<blob::Store> store_;
  Digest content_;
  delivery::NameKey key_ = delivery::name_key_of("secret");
  Booked booked_;
  Outcomes outcomes_;
  ListenerFacts facts_;
  std::unique_ptr<AdServer> server_;
};

TEST(Tally, WhileCountingIsLateNoDecisionIsSettled) {
  const Time now = Time{std::chrono::sys_days{std::chrono::year{2026} / 11 / 30}} + 20h;
  Outcomes outcomes;
  outcomes.decided["one"] = {{now - 10h, 50}};
  EXPECT_EQ(tally_of("one", outcomes, now).settled, 50);
  outcomes.counted = now - 9h;
  EXPECT_EQ(tally_of("one", outcomes, now).settled, 0);
  EXPECT_EQ(tally_of("one", outcomes, now).unsettled, 50) << "all of them may have been delivered";
}

TEST_F(ServingTest, WithoutOrdersTheEpisodeIsServedAsItIs) { EXPECT_FALSE(ask()); }

TEST_F(ServingTest, TheFirstRequestEverHearsAnOrder) {
  book(order("one"));
  const auto name = ask();
  ASSERT_TRUE(name);
  EXPECT_EQ(heard(name), std::vector<std::string>{"one-0"});
}

TEST_F(ServingTest, AnOrderWithoutAGoalIsHeardOnANewServer) {
  auto made = order("one");
  made.goal.reset();
  book(made);
  EXPECT_TRUE(ask());
}

TEST_F(ServingTest, WhoeverBeganBeforeAPartWasRemovedDoesNotGetItAgain) {
  book(order("one"));
  const auto before = ask();
  ASSERT_TRUE(before);
  auto cut = visit();
  cut.content.places.insert(cut.content.places.begin() + 1,
                            {.at = ByteCount{frames(100).size()}, .until = ByteCount{frames(200).size()}, .slots = 0});
  const auto after = server_->arrangement_for(cut);
  ASSERT_TRUE(after);
  EXPECT_NE(after, before);
  EXPECT_EQ(server_->arrangement_for(cut), after);
  EXPECT_EQ(ask("192.0.2.8"), ask("192.0.2.8"));
}

TEST_F(ServingTest, WithoutCuePointsNothingIsDecidedButWhatWasBegunGoesOn) {
  book(order("one"));
  auto without = visit();
  without.content.places.clear();
  without.only_remembered = true;
  EXPECT_FALSE(server_->arrangement_for(without));
  const auto begun = ask();
  ASSERT_TRUE(begun) << "it wasn't remembered that there was nothing";
  EXPECT_EQ(server_->arrangement_for(without), begun);
}

TEST_F(ServingTest, OrdersWithTheSameAudioAreToldApart) {
  book(order("one"));
  const auto first = ask();
  auto renewed = booked_.orders.front();
  renewed.id = "two";
  renewed.creatives.front().id = "two-0";
  booked_.orders = {renewed};
  needed(server_->plan_now());
  const auto second = ask("192.0.2.8");
  EXPECT_NE(first, second);
  EXPECT_EQ(heard(first), std::vector<std::string>{"one-0"});
  EXPECT_EQ(heard(second), std::vector<std::string>{"two-0"});
}

TEST_F(ServingTest, RobotsHearNothing) {
  book(order("one"));
  facts_.is_robot = true;
  EXPECT_FALSE(ask());
}

TEST_F(ServingTest, OrdersOfOtherNetworksAreNotHeard) {
  auto made = order("one");
  made.network = "other";
  book(made);
  EXPECT_FALSE(ask());
}

TEST_F(ServingTest, AListenerGetsTheSameWhateverChanges) {
  book(order("one", 2));
  const auto first = ask();
  ASSERT_TRUE(first);
  // A new plan, a reached cap, a deleted creative, an order that ended, another tag and other cue points.
  book(order("two"));
  EXPECT_EQ(ask(), first);
  booked_.orders.front().cap = 1;
  outcomes_.delivered["one"].total = 5;
  needed(server_->plan_now());
  EXPECT_EQ(ask(), first);
  booked_.orders.clear();
  needed(server_->plan_now());
  EXPECT_EQ(ask(), first);
  auto changed = visit();
  changed.content.prefix = stored("another tag");
  changed.content.places.pop_back();
  EXPECT_EQ(server_->arrangement_for(changed), first);
  EXPECT_FALSE(server_->arrangement_for(visit("192.0.2.8"))) << "somebody else";
  start();
  EXPECT_EQ(ask(), first) << "after a restart";
  clock_.advance(kRememberedFor - 1s);
  needed(server_->plan_now());
  EXPECT_EQ(ask(), first) << "also after midnight";
  clock_.advance(1s);
  EXPECT_FALSE(ask()) << "a day later, the plan of that day counts";
}

TEST_F(ServingTest, WhoGotTheEpisodeAsItIsKeepsIt) {
  EXPECT_FALSE(ask());
  book(order("one"));
  EXPECT_FALSE(ask());
  start();
  EXPECT_FALSE(ask()) << "after a restart";
  EXPECT_TRUE(ask("192.0.2.8"));
}

TEST_F(ServingTest, WhatWasForgottenComesOutTheSameWhileThePlanIsTheSame) {
  auto made = order("one", 2);
  made.most_per_download = 2;
  book(made);
  std::vector<std::optional<std::string>> names;
  for (int i = 0; i < 50; ++i) names.push_back(ask("192.0.2." + std::to_string(i)));
  // Nothing was stored: the decisions are made again.
  server_ = opened();
  for (int i = 0; i < 50; ++i) EXPECT_EQ(ask("192.0.2." + std::to_string(i)), names[static_cast<std::size_t>(i)]);
}

TEST_F(ServingTest, AnotherNodeLearnsWhatWasDecided) {
  book(order("one"));
  auto other = opened();
  booked_.orders.clear();
  needed(other->plan_now());
  const auto name = ask();
  needed(server_->flush());
  needed(other->decided_elsewhere({.kind = std::string(kDecisionChange), .detail = "1 1"}));
  EXPECT_EQ(other->arrangement_for(visit()), name);
  EXPECT_FALSE(other->decided_elsewhere({.kind = std::string(kDecisionChange), .detail = "x"}));
}

TEST_F(ServingTest, ManyAtOnceDecideOnce) {
  auto made = order("one");
  made.cap = 1;
  made.goal = 1;
  book(made);
  std::vector<std::optional<std::string>> names(8);
  {
    std::vector<std::jthread> threads;
    for (auto& name : names) threads.emplace_back([&] { name = ask(); });
  }
  for (const auto& name : names) EXPECT_EQ(name, names.front());
  EXPECT_TRUE(names.front()) << "the only impression was for this listener";
}

TEST_F(ServingTest, ACapIsNotExceededByManyAtOnce) {
  auto made = order("one");
  made.cap = made.goal = 100;
  book(made);
  std::atomic<int> got = 0;
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 16; ++t)
      threads.emplace_back([&, t] {
        for (int i = 0; i < 100; ++i) got += ask(std::to_string(t + 1) + ".0.2." + std::to_string(i)) ? 1 : 0;
      });
  }
  EXPECT_EQ(got, 100);
  // Of those, 90 were delivered; 10 more may be.
  needed(server_->flush());
  outcomes_.delivered["one"].total = 100;
  needed(server_->plan_now());
  EXPECT_FALSE(ask("203.0.113.1"));
}

TEST_F(ServingTest, WhatWasDecidedIsReservedInTheNextPlan) {
  auto made = order("one");
  made.cap = made.goal = 10;
  book(made);
  int got = 0;
  for (int i = 0; i < 100; ++i) {
    got += ask("10.0.2." + std::to_string(i)) ? 1 : 0;
    if (i % 7 == 0) needed(server_->plan_now());
  }
  EXPECT_LE(got, 10) << "nothing was delivered yet, but what was decided will be";
  EXPECT_GT(got, 0);
}

TEST_F(ServingTest, ListenersHearAnOrderAsOftenAsItsCapsAllow) {
  auto made = order("one");
  made.frequency = {{.times = 2, .hours = 24}};
  book(made);
  int heard_now = 0;
  const auto ask_for = [&](int episode) {
    auto one = visit();
    one.content.episode = "01jdz000000000000000000" + std::to_string(100 + episode);
    return server_->arrangement_for(one).has_value();
  };
  for (int i = 0; i < 5; ++i) heard_now += ask_for(i) ? 1 : 0;
  EXPECT_EQ(heard_now, 2);
  start();
  needed(server_->plan_now());
  EXPECT_TRUE(ask_for(20)) << "the filters weren't stored before this restart";
}

TEST_F(ServingTest, TheFilesOfArrangementsAreKept) {
  book(order("one"));
  ASSERT_TRUE(ask());
  needed(server_->flush());
  const auto kept = [&] {
    return needed(database_->read_now([&](db::Session& session) -> Result<std::vector<Digest>> { return arranged_media(session); }));
  };
  booked_.orders.clear();
  clock_.advance(kArrangementsServed - 1h);
  needed(server_->plan_now());
  const auto files = kept();
  EXPECT_NE(std::ranges::find(files, content_), files.end());
  EXPECT_EQ(files.size(), 2U) << "the master, which is its own prefix here, and the creative";
  clock_.advance(2h);
  needed(server_->plan_now());
  EXPECT_TRUE(kept().empty());
}

TEST_F(ServingTest, ACreativeWithoutItsFileIsNotHeard) {
  auto made = order("one");
  made.creatives.front().files.front().frames.bytes[0] ^= std::byte{1};
  book(made);
  EXPECT_FALSE(ask());
}

TEST_F(ServingTest, PlacesOfAdvertisementsAreThoseOfTheirBytes) {
  auto made = order("one", 3);
  made.most_per_download = 3;
  book(made);
  std::mt19937 engine{1};
  for (int i = 0; i < 200; ++i) {
    auto one = visit("10.0.0." + std::to_string(i));
    one.content.places.push_back({.at = ByteCount{frames(500).size()}, .until = ByteCount{frames(600).size()}});
    std::ranges::sort(one.content.places, {}, &CutPlace::at);
    std::vector<Insertion> insertions;
    for (std::size_t at = 0; at < 3; ++at) {
      if (engine() % 2 == 0) insertions.push_back({.at_break = at, .order = 0, .creative = static_cast<std::uint32_t>(at)});
    }
    const auto arranged = arrange(one.content, booked_.orders, insertions);
    ASSERT_EQ(arranged.ads.ads.size(), insertions.size());
    std::int64_t at = 0;
    std::size_t ad = 0;
    for (const auto& piece : arranged.arrangement.pieces) {
      if (piece.frames != content_) {
        EXPECT_EQ(arranged.ads.ads[ad].first, at);
        EXPECT_EQ(arranged.ads.ads[ad].length, static_cast<std::int64_t>(piece.length.value));
        const auto& creative = booked_.orders.front().creatives[insertions[ad].creative];
        EXPECT_EQ(arranged.ads.ads[ad].creative, creative.id);
        EXPECT_EQ(piece.frames, creative.files.front().frames);
        ++ad;
      }
      at += static_cast<std::int64_t>(piece.length.value);
    }
    EXPECT_EQ(at, arranged.ads.length);
  }
}

TEST(Frequency, CountsWithinAnyPeriod) {
  const Time start = std::chrono::sys_days{std::chrono::year{2026} / 11 / 30};
  Frequency frequency{{{.times = 3, .hours = 24}, {.times = 1, .hours = 1}}};
  EXPECT_TRUE(frequency.allows(7, 1, start));
  frequency.note(7, 1, start);
  EXPECT_FALSE(frequency.allows(7, 1, start + 59min));
  EXPECT_TRUE(frequency.allows(7, 1, start + 70min));
  EXPECT_TRUE(frequency.allows(8, 1, start));
  frequency.note(7, 1, start + 2h);
  frequency.note(7, 1, start + 4h);
  EXPECT_FALSE(frequency.allows(7, 1, start + 23h));
  EXPECT_TRUE(frequency.allows(7, 1, start + 27h)) << "the first one is too long ago";
}

TEST(Frequency, NobodyHearsAnythingTooOftenAndHardlyAnybodyTooRarely) {
  const Time now = std::chrono::sys_days{std::chrono::year{2026} / 11 / 30};
  Frequency frequency{{{.times = 2, .hours = 24}}};
  std::mt19937_64 engine{5};
  std::vector<std::uint64_t> listeners(20'000);
  for (auto& each : listeners) each = engine();
  int withheld = 0;
  for (int round = 0; round < 3; ++round) {
    for (const auto listener : listeners) {
      const bool allowed = frequency.allows(listener, 1, now);
      if (allowed) frequency.note(listener, 1, now);
      if (round == 2) {
        EXPECT_FALSE(allowed);
      } else if (!allowed) {
        ++withheld;
      }
    }
  }
  EXPECT_LT(withheld, 400) << "of 40,000";
  // What was stored counts, too.
  Frequency again{{{.times = 2, .hours = 24}}};
  for (const auto& saved : frequency.take_changes()) again.restore(saved);
  for (const auto listener : listeners) EXPECT_FALSE(again.allows(listener, 2, now));
  EXPECT_TRUE(frequency.take_changes().empty());
}

TEST(Remembered, ForgetsTheOldestAndWhatIsOld) {
  Remembered remembered{Remembered::kShards * 2};
  const Time now = std::chrono::sys_days{std::chrono::year{2026} / 11 / 30};
  const auto name = std::make_shared<const std::string>("name");
  std::array<ListenerKey, 3> keys{};  // in one shard
  for (std::size_t i = 0; i < keys.size(); ++i) {
    keys[i].front() = static_cast<std::byte>(i);
    EXPECT_EQ(remembered.find_or(keys[i], now + std::chrono::seconds{i}, [&] { return name; }), name);
  }
  EXPECT_FALSE(remembered.find(keys[0], now).known);
  EXPECT_TRUE(remembered.find(keys[1], now).known);
  EXPECT_FALSE(remembered.find(keys[1], now + 1s + kRememberedFor).known);
  EXPECT_EQ(remembered.find_or(keys[1], now, [&] { return nullptr; }), name);
  remembered.put(keys[1], nullptr, now);
  EXPECT_EQ(remembered.find(keys[1], now).name, name) << "what is known stays";
}

}  // namespace
}  // namespace carillon::ads
