// The rules one by one, and that neither the order of records nor the splitting of requests matters.

#include "stats/counting/day_counter.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace carillon::stats {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::sys_days kDay{std::chrono::year{2026} / 11 / 24};
constexpr const char* kAntennaPod = "AntennaPod/3.5.0";
constexpr const char* kChrome = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36";
// 128 kbit/s: a minute is 960,000 bytes.
constexpr std::uint64_t kHeader = 40'000, kMinute = 960'000, kWhole = kHeader + 30 * kMinute;

const AgentLists& lists() {
  static const auto lists = AgentLists::parse().value();
  return lists;
}

/// A request of the whole file by listener 1.
Record whole() {
  Record record;
  record.time = Time{kDay} + 10h;
  record.episode = "01jepisode";
  record.method = "GET";
  record.status = 200;
  record.sent = ByteCount{kWhole};
  record.whole = ByteCount{kWhole};
  record.first = ByteCount{0};
  record.listener.fill(std::byte{1});
  record.key = 1;
  record.user_agent = kAntennaPod;
  record.country = "CH";
  return record;
}
Record part(std::uint64_t first, std::uint64_t length) {
  auto record = whole();
  record.status = 206;
  record.first = ByteCount{first};
  record.sent = ByteCount{length};
  record.range = "bytes=" + std::to_string(first) + "-" + std::to_string(first + length - 1);
  return record;
}
Record with(Record record, auto change) {
  change(record);
  return record;
}

std::optional<AudioFacts> facts(const Record&) { return AudioFacts{ByteCount{kHeader}, 128'000}; }

CountedDay count(const std::vector<Record>& records, const Rules& rules = {}, FactsOf facts_of = facts) {
  DayCounter counter{kDay, rules, lists(), std::move(facts_of)};
  for (const auto& record : records) counter.add(record);
  return counter.finish();
}
/// What became of these requests; the sum is checked.
std::uint64_t of(const CountedDay& day, Verdict verdict) { return day.verdicts[static_cast<std::size_t>(verdict)]; }

TEST(Counting, AWholeFileIsADownload) {
  const auto day = count({whole()});
  ASSERT_EQ(day.downloads.size(), 1);
  EXPECT_EQ(day.texts[day.downloads[0].episode], "01jepisode");
  EXPECT_EQ(day.downloads[0].first, Time{kDay} + 10h);
  EXPECT_EQ(day.texts[day.downloads[0].app], "AntennaPod");
  EXPECT_EQ(day.texts[day.downloads[0].device], "Android phone");
  EXPECT_EQ(day.texts[day.downloads[0].country], "CH");
  EXPECT_EQ(day.downloads[0].bytes, static_cast<std::int64_t>(kWhole));
}

TEST(Counting, AMinuteBehindTheTagIsADownload) {
  EXPECT_EQ(count({part(0, kHeader + kMinute)}).downloads.size(), 1);
  const auto short_of_it = count({part(0, kHeader + kMinute - 1)});
  EXPECT_EQ(short_of_it.downloads.size(), 0);
  EXPECT_EQ(of(short_of_it, Verdict::too_little), 1);
  EXPECT_EQ(count({part(0, kMinute)}).downloads.size(), 0) << "the tag isn't content";
}

TEST(Counting, WhatWasSentCountsAndNotWhatWasAskedFor) {
  EXPECT_EQ(count({with(whole(), [](Record& record) { record.sent = ByteCount{50'000}; })}).downloads.size(), 0);
  EXPECT_EQ(count({with(part(0, 50'000), [](Record& record) { record.range = "bytes=0-"; })}).downloads.size(), 0);
}

TEST(Counting, PartsAreAddedUpAndRepetitionsAreNot) {
  const auto half = (kHeader + kMinute) / 2;
  EXPECT_EQ(count({part(0, half), part(half, kHeader + kMinute - half)}).downloads.size(), 1);
  EXPECT_EQ(count({part(0, half), part(0, half), part(0, half)}).downloads.size(), 0);
  EXPECT_EQ(count({part(0, half), part(10'000'000, kHeader + kMinute - half)}).downloads.size(), 1) << "they may be apart";
  const auto day = count({part(0, half), part(half, kHeader + kMinute - half), whole()});
  EXPECT_EQ(of(day, Verdict::download), 1);
  EXPECT_EQ(of(day, Verdict::same_download), 2);
}

TEST(Counting, AShortEpisodeMustBeWhole) {
  const auto brief = [](std::uint64_t sent) {
    return with(whole(), [&](Record& record) {
      record.whole = ByteCount{kHeader + kMinute / 2};
      record.sent = ByteCount{sent};
    });
  };
  EXPECT_EQ(count({brief(kHeader + kMinute / 2)}).downloads.size(), 1);
  EXPECT_EQ(count({brief(kHeader + kMinute / 2 - 1)}).downloads.size(), 0);
}

TEST(Counting, AudioOfUnknownBitrateMustBeWhole) {
  const auto unknown = [](const Record&) { return std::optional<AudioFacts>{}; };
  EXPECT_EQ(count({whole()}, {}, unknown).downloads.size(), 1);
  EXPECT_EQ(count({part(0, kWhole - 1)}, {}, unknown).downloads.size(), 0);
}

TEST(Counting, FiltersHaveTheirReasons) {
  const std::vector<std::pair<Verdict, Record>> cases{
      {Verdict::not_a_get, with(whole(), [](Record& record) { record.method = "HEAD"; })},
      {Verdict::not_modified, with(whole(), [](Record& record) { record.status = 304; })},
      {Verdict::no_audio, with(whole(), [](Record& record) { record.status = 404; })},
      {Verdict::no_audio, with(whole(), [](Record& record) { record.status = 416; })},
      {Verdict::two_bytes, part(0, 2)},
      {Verdict::two_bytes, part(1000, 1)},
      {Verdict::two_bytes, with(whole(), [](Record& record) { record.range = "bytes=-2"; })},
      {Verdict::two_bytes, with(whole(), [](Record& record) { record.range = "bytes= 0-0, 5-5"; })},
      {Verdict::nothing_sent, with(whole(), [](Record& record) { record.sent = ByteCount{0}; })},
      {Verdict::no_agent, with(whole(), [](Record& record) { record.user_agent = ""; })},
      {Verdict::no_agent, with(whole(), [](Record& record) { record.user_agent = "1 2 3"; })},
      {Verdict::no_agent, with(whole(), [](Record& record) { record.user_agent = "<script>alert(1)</script>"; })},
      {Verdict::bot, with(whole(), [](Record& record) { record.user_agent = "Mozilla/5.0 (compatible; bingbot/2.0)"; })},
      {Verdict::bot, with(whole(), [](Record& record) { record.user_agent = "python-requests/2.31.0"; })},
      {Verdict::watch, with(whole(), [](Record& record) { record.user_agent = "atc/1.0 watchOS/10.1 model/Watch6,9"; })},
      {Verdict::watch, with(whole(), [](Record& record) { record.user_agent = "(null)/(null) watchOS/5.2 model/Watch4,1"; })},
      {Verdict::data_centre, with(whole(), [](Record& record) { record.data_centre = true; })},
  };
  for (const auto& [verdict, record] : cases) {
    const auto day = count({record});
    EXPECT_EQ(day.downloads.size(), 0) << name_of(verdict);
    EXPECT_EQ(of(day, verdict), 1) << name_of(verdict) << " " << record.range << record.user_agent;
  }
  EXPECT_EQ(count({with(whole(), [](Record& record) { record.range = "bytes=-500"; })}).downloads.size(), 1);
  EXPECT_EQ(count({with(whole(), [](Record& record) { record.range = "bytes=0-"; })}).downloads.size(), 1);
  EXPECT_EQ(count({with(whole(), [](Record& record) { record.data_centre = false; })}).downloads.size(), 1);
}

TEST(Counting, TenRequestsBySixAgentsAtOneAddressAreSixDownloads) {
  std::vector<Record> records;
  for (int number = 0; number < 10; ++number)
    records.push_back(with(whole(), [&](Record& record) {
      record.user_agent = "Player" + std::string(1, static_cast<char>('A' + number % 6)) + "/1.0";
      record.time += number * 1h;
    }));
  EXPECT_EQ(count(records).downloads.size(), 6);
}

TEST(Counting, SevenDownloadsOfTheOpenPrefixCase) {
  // The unit case of OP3 with this document's answer: 3 was asked for with two bytes alone.
  std::vector<Record> records;
  const auto hit = [&](const char* episode, std::byte listener, const char* range = "", std::uint64_t sent = kWhole) {
    records.push_back(with(*range ? part(0, sent) : whole(), [&](Record& record) {
      record.episode = episode;
      record.listener.fill(listener);
      record.range = range;
    }));
  };
  hit("1", std::byte{1});
  hit("1", std::byte{1});
  hit("1", std::byte{2});
  hit("2", std::byte{1}, "bytes=0-1", 2);
  hit("2", std::byte{1}, "bytes=0-");
  hit("3", std::byte{1}, "bytes=0-1", 2);
  hit("4", std::byte{1});
  hit("5", std::byte{1}, "bytes=1000-1000", 1);
  hit("6", std::byte{1}, "bytes=1000-1001", 2);
  hit("7", std::byte{1});
  hit("8", std::byte{1});
  EXPECT_EQ(count(records).downloads.size(), 6) << "seven with OP3's, which counts 3";
}

TEST(Counting, AnAddressWithTooManyDownloadsCountsNone) {
  std::vector<Record> records;
  for (int number = 0; number < 5; ++number)
    records.push_back(with(whole(), [&](Record& record) { record.episode = std::to_string(number); }));
  records.push_back(with(whole(), [](Record& record) { record.listener.fill(std::byte{9}); }));
  EXPECT_EQ(count(records, {.most_per_address = 5}).downloads.size(), 6);
  const auto day = count(records, {.most_per_address = 4});
  EXPECT_EQ(day.downloads.size(), 1);
  EXPECT_EQ(of(day, Verdict::high_volume), 5);
}

TEST(Counting, ADayIsADay) {
  EXPECT_EQ(count({with(whole(), [](Record& record) { record.time = Time{kDay}; })}).downloads.size(), 1);
  EXPECT_EQ(count({with(whole(), [](Record& record) { record.time = Time{kDay} + 24h - 1us; })}).downloads.size(), 1);
  EXPECT_EQ(count({with(whole(), [](Record& record) { record.time = Time{kDay} + 24h; })}).downloads.size(), 0);
  EXPECT_EQ(count({with(whole(), [](Record& record) { record.time = Time{kDay} - 1us; })}).downloads.size(), 0);
}

TEST(Counting, ATagThatGrewMeanwhileMovesNothing) {
  // The same content behind a longer tag: the parts meet where the content does.
  constexpr std::uint64_t kLonger = kHeader + 20'000;
  const auto facts_of = [](const Record& record) {
    return std::optional{AudioFacts{ByteCount{record.whole->value == kWhole ? kHeader : kLonger}, 128'000}};
  };
  const auto first = part(0, kHeader + 500'000);
  const auto later = with(part(kLonger + 400'000, 480'000), [](Record& record) { record.whole = ByteCount{kWhole + 20'000}; });
  const auto day = count({first, later}, {}, facts_of);
  EXPECT_EQ(of(day, Verdict::too_little), 2) << "880,000 bytes of content and the tag";
  const auto more = with(part(kLonger + 400'000, 600'000), [](Record& record) { record.whole = ByteCount{kWhole + 20'000}; });
  EXPECT_EQ(count({first, more}, {}, facts_of).downloads.size(), 1);
}

TEST(Counting, RecordsOfVersion1HaveNoFirstByte) {
  const auto former = [](Record record) {
    record.first.reset();
    record.whole.reset();
    return record;
  };
  EXPECT_EQ(count({former(whole())}).downloads.size(), 1);
  EXPECT_EQ(count({former(part(0, 600'000)), former(part(600'000, 500'000))}).downloads.size(), 1);
  EXPECT_EQ(count({former(part(0, 600'000)), former(part(0, 600'000))}).downloads.size(), 0);
  EXPECT_EQ(count({former(whole())}, {}, [](const Record&) { return std::optional<AudioFacts>{}; }).downloads.size(), 0)
      << "nobody knows how long it was";
}

TEST(Counting, NamesTheWebAppOfABrowser) {
  const auto day = count({with(whole(), [](Record& record) {
    record.user_agent = kChrome;
    record.referrer = "https://player.fm/series/one";
  })});
  ASSERT_EQ(day.downloads.size(), 1);
  EXPECT_EQ(day.texts[day.downloads[0].app], "Player FM (web)");
}

TEST(Counting, HowFarAStreamedDownloadWent) {
  const auto reached = [](std::vector<Record> records, const char* agent) {
    for (auto& record : records) record.user_agent = agent;
    const auto day = count(records);
    return day.downloads.empty() ? std::optional<std::uint8_t>{99} : day.downloads.at(0).reached;
  };
  constexpr const char* kApple = "AppleCoreMedia/1.0.0.21F79 (iPhone; U; CPU OS 17_5 like Mac OS X; en_us)";
  const auto half = part(0, kWhole / 2 + 1024);
  for (const auto* agent : {kChrome, kApple}) {
    EXPECT_EQ(reached({half}, agent), 5);
    EXPECT_EQ(reached({half, part(kWhole / 4, kWhole / 4)}, agent), 5) << "what is sent twice is heard once at most";
    EXPECT_EQ(reached({half, part(kWhole / 2, kWhole - kWhole / 2)}, agent), 10);
    EXPECT_EQ(reached({part(0, kWhole - kMinute), part(0, 2)}, agent), 9);
    EXPECT_EQ(reached({part(0, kHeader + kMinute)}, agent), 0) << "a minute of thirty";
  }
  // Whole files, and ranges of apps that download, say nothing about listening.
  EXPECT_EQ(reached({whole()}, kChrome), std::nullopt);
  EXPECT_EQ(reached({half, whole()}, kApple), std::nullopt);
  EXPECT_EQ(reached({half}, kAntennaPod), std::nullopt);
  auto session = half;
  session.session = "4F2C";
  EXPECT_EQ(reached({session}, kAntennaPod), 5) << "a player that says so";
  // Of unknown length: no part of anything.
  auto unknown = half;
  unknown.whole = std::nullopt;
  EXPECT_EQ(reached({unknown}, kChrome), std::nullopt);
}

TEST(Counting, ExplainsEachRequest) {
  DayCounter counter{kDay, {}, lists(), facts};
  counter.explain("01jepisode");
  counter.add(with(part(0, 2), [](Record& record) { record.time -= 1min; }));
  counter.add(with(whole(), [](Record& record) { record.time += 1min; }));
  counter.add(whole());
  counter.add(with(part(0, 1000), [](Record& record) { record.listener.fill(std::byte{7}); }));
  counter.add(with(whole(), [](Record& record) { record.episode = "another"; }));
  (void)counter.finish();
  std::vector<Verdict> verdicts;
  for (const auto& one : counter.explained()) verdicts.push_back(one.verdict);
  EXPECT_THAT(verdicts,
              ::testing::UnorderedElementsAre(Verdict::two_bytes, Verdict::download, Verdict::too_little, Verdict::same_download));
  EXPECT_EQ(verdicts.front(), Verdict::two_bytes);
  EXPECT_EQ(verdicts.back(), Verdict::same_download);
}

TEST(Counting, UnitesAnyRangesLikeTheirDefinition) {
  // Against one bit for each thousand bytes: few pieces and many, apart, touching and on top of each other.
  std::mt19937 random{4};
  for (int round = 0; round < 300; ++round) {
    std::vector<bool> bytes(200);
    std::vector<Record> records;
    const auto pieces = 1 + random() % 40;
    for (std::size_t piece = 0; piece < pieces; ++piece) {
      const auto first = random() % bytes.size(), length = std::min<std::size_t>(1 + random() % 6, bytes.size() - first);
      for (auto at = first; at < first + length; ++at) bytes[at] = true;
      records.push_back(part(kHeader + first * 1000, length * 1000));
    }
    const auto sum = std::ranges::count(bytes, true) * 1000;
    const auto day = count(records, {}, [](const Record&) { return AudioFacts{ByteCount{0}, 8}; });
    ASSERT_EQ(day.downloads.size(), 1) << round;
    ASSERT_EQ(day.downloads[0].bytes, sum) << round;
  }
}

TEST(Counting, AnAddressThatManyShareIsNotUnrealistic) {
  std::vector<Record> records;
  for (int number = 0; number < 6; ++number)
    records.push_back(with(whole(), [&](Record& record) { record.episode = "episode " + std::to_string(number); }));
  EXPECT_EQ(count(records, {.most_per_address = 5}).downloads.size(), 0);
  records[3].shared = true;
  EXPECT_EQ(count(records, {.most_per_address = 5}).downloads.size(), 6);
}

/// A day of some listeners who download, resume, seek and give up.
std::vector<Record> a_day(std::mt19937& random) {
  std::vector<Record> records;
  for (int number = 0; number < 60; ++number) {
    auto record = random() % 4 == 0 ? whole() : part(random() % (kWhole - kMinute), 1 + random() % kMinute);
    record.time += std::chrono::seconds{random() % 30'000};
    record.episode = "episode " + std::to_string(random() % 3);
    record.listener.fill(static_cast<std::byte>(random() % 5));
    record.country = random() % 2 == 0 ? "CH" : "DE";
    if (random() % 3 == 0) record.user_agent = kChrome;
    if (random() % 9 == 0) record.user_agent = "curl/8.5.0";
    records.push_back(record);
  }
  return records;
}

TEST(Counting, TheOrderOfRecordsDoesNotMatter) {
  std::mt19937 random{1};
  for (int round = 0; round < 100; ++round) {
    auto records = a_day(random);
    const auto expected = count(records);
    std::ranges::shuffle(records, random);
    const auto day = count(records);
    ASSERT_EQ(day.texts, expected.texts);
    ASSERT_EQ(day.downloads, expected.downloads);
    ASSERT_EQ(day.verdicts, expected.verdicts);
  }
}

TEST(Counting, HowRequestsAreSplitDoesNotMatter) {
  std::mt19937 random{2};
  for (int round = 0; round < 100; ++round) {
    const auto records = a_day(random);
    std::vector<Record> split;
    for (const auto& record : records) {
      // The same bytes in two requests: each is larger than two bytes.
      if (record.sent.value < 8) {
        split.push_back(record);
        continue;
      }
      const auto cut = 3 + random() % (record.sent.value - 6);
      for (const auto& [from, length] : {std::pair{std::uint64_t{0}, cut}, std::pair{cut, record.sent.value - cut}}) {
        auto piece = record;
        piece.status = 206;
        piece.first = ByteCount{record.first->value + from};
        piece.sent = ByteCount{length};
        piece.range = "bytes=" + std::to_string(piece.first->value) + "-" + std::to_string(piece.first->value + length - 1);
        split.push_back(piece);
      }
    }
    // How far they went is only known of ranges.
    const auto without_reach = [](CountedDay day) {
      for (auto& download : day.downloads) download.reached = {};
      return day.downloads;
    };
    ASSERT_EQ(without_reach(count(split)), without_reach(count(records)));
  }
}

TEST(Counting, TheVerdictsAddUp) {
  std::mt19937 random{3};
  const auto records = a_day(random);
  const auto day = count(records);
  std::uint64_t sum = 0;
  for (const auto verdict : day.verdicts) sum += verdict;
  EXPECT_EQ(sum, records.size());
  EXPECT_EQ(of(day, Verdict::download), day.downloads.size());
}

/// A file with an advertisement of 30 seconds at its beginning and one after 10 minutes.
std::optional<AudioFacts> facts_with_ads(const Record& record) {
  auto ads = std::make_shared<std::vector<AdBytes>>();
  const auto half = static_cast<std::int64_t>(kMinute / 2), later = static_cast<std::int64_t>(10 * kMinute);
  // Another arrangement has them the other way round.
  const bool swapped = record.media.bytes[0] != std::byte{};
  ads->push_back({swapped ? "two" : "one", swapped ? "b" : "a", "preroll", {0, half - 1}});
  ads->push_back({swapped ? "one" : "two", swapped ? "a" : "b", "midroll", {later, later + half - 1}});
  return AudioFacts{ByteCount{kHeader}, 128'000, std::move(ads)};
}
std::vector<std::string> delivered(const std::vector<Record>& records) {
  const auto day = count(records, {}, facts_with_ads);
  std::vector<std::string> all;
  for (const auto& ad : day.ads) {
    EXPECT_LT(ad.download, day.downloads.size());
    all.push_back(ad.order);
  }
  return all;
}

TEST(Advertisements, AreDeliveredWhenAllOfTheirBytesWereSentInADownload) {
  using Orders = std::vector<std::string>;
  EXPECT_EQ(delivered({whole()}), (Orders{"one", "two"}));
  EXPECT_EQ(delivered({part(0, kHeader + kMinute)}), Orders{"one"});
  EXPECT_EQ(delivered({part(0, kHeader + kMinute / 2)}), Orders{}) << "no download";
  EXPECT_EQ(delivered({part(kHeader + 1, 2 * kMinute)}), Orders{}) << "a byte is missing";
  EXPECT_EQ(delivered({part(kHeader + 5 * kMinute, 6 * kMinute)}), Orders{"two"});
  EXPECT_EQ(delivered({part(kHeader + 5 * kMinute, 5 * kMinute + kMinute / 2 - 1)}), Orders{});
  // In parts, in any order, with repetitions.
  EXPECT_EQ(delivered({part(kHeader + 1000, kMinute), part(0, kHeader + 500), part(kHeader + 400, 700), part(0, kHeader + 500)}),
            Orders{"one"});
}

TEST(Advertisements, AreDeliveredOncePerDownload) {
  using Orders = std::vector<std::string>;
  const auto other = [](Record record) {
    record.media.bytes[0] = std::byte{1};
    return record;
  };
  EXPECT_EQ(delivered({whole(), whole()}), (Orders{"one", "two"}));
  EXPECT_EQ(delivered({whole(), other(whole())}), (Orders{"one", "two"})) << "in two arrangements";
  // Parts of two files aren't a part of one.
  EXPECT_EQ(delivered({part(0, kHeader + kMinute / 4), other(part(kHeader + kMinute / 4, 2 * kMinute))}), Orders{});
  const auto someone_else = with(whole(), [](Record& record) { record.listener.fill(std::byte{2}); });
  EXPECT_EQ(delivered({whole(), someone_else}), (Orders{"one", "two", "one", "two"}));
}

TEST(Advertisements, OfRobotsAndHeadRequestsAreNotDelivered) {
  EXPECT_EQ(delivered({with(whole(), [](Record& record) { record.method = "HEAD"; })}).size(), 0U);
  EXPECT_EQ(delivered({with(whole(), [](Record& record) { record.user_agent = "Googlebot/2.1"; })}).size(), 0U);
}

TEST(Advertisements, DontDependOnTheOrderOfRecords) {
  std::vector<Record> records;
  for (int listener = 0; listener < 40; ++listener) {
    auto record = part(0, kHeader + kMinute);
    record.listener.fill(static_cast<std::byte>(listener));
    record.time -= std::chrono::seconds{listener};
    records.push_back(record);
  }
  const auto ads_of = [](const std::vector<Record>& all) {
    const auto day = count(all, {}, facts_with_ads);
    std::vector<std::pair<std::uint64_t, std::string>> found;
    for (const auto& ad : day.ads) found.emplace_back(day.downloads[ad.download].listener, ad.order);
    return found;
  };
  const auto forwards = ads_of(records);
  EXPECT_EQ(forwards.size(), 40U);
  std::ranges::reverse(records);
  EXPECT_EQ(ads_of(records), forwards);
}

}  // namespace
}  // namespace carillon::stats
