// The log as a whole: what is appended is there after every kind of accident, once and in order.

#include "stats/log/request_log.hpp"

#include "base/testing/eventually.hpp"
#include "base/testing/testing.hpp"
#include "base/text.hpp"
#include "stats/log/listener_keys.hpp"
#include "stats/log/segment.hpp"
#include "stats/log/segment_writer.hpp"
#include "stats/log/version_2.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/resource.h>
#include <sys/stat.h>

#include <algorithm>
#include <csignal>
#include <set>
#include <thread>

namespace carillon::stats {
namespace {

using std::filesystem::path;
using testing::ManualClock;
using testing::SeededRandom;
using testing::TemporaryFolder;

const Time kStart = parse_rfc3339("2026-11-24T10:45:00Z").value();

Request request(int number, Time time = kStart) {
  return {.time = time,
          .episode = "episode-" + std::to_string(number),
          .media = {},
          .method = "GET",
          .status = 200,
          .range = {},
          .sent = ByteCount{static_cast<std::uint64_t>(number)},
          .address = "192.0.2.7",
          .user_agent = "Player/1.0",
          .referrer = {}};
}

std::vector<path> segments(const path& folder) {
  std::vector<path> found;
  for (const auto& entry : std::filesystem::directory_iterator{folder}) found.push_back(entry.path());
  std::ranges::sort(found);
  return found;
}

class RequestLogTest : public ::testing::Test {
 protected:
  [[nodiscard]] RequestLog::Parts parts() {
    return {.folder = folder(), .keys = keys(), .former_key = former_key(), .clock = clock_, .random = random_};
  }
  std::unique_ptr<RequestLog> open(PlaceOf places = {}) {
    auto wanted = parts();
    wanted.places = std::move(places);
    auto log = RequestLog::open(std::move(wanted));
    EXPECT_TRUE(log) << log.error().message;
    return std::move(*log);
  }
  [[nodiscard]] path folder() const { return root_.path() / "requests"; }
  [[nodiscard]] path keys() const { return root_.path() / "secrets" / "listeners"; }
  [[nodiscard]] path former_key() const { return root_.path() / "secrets" / "listener.key"; }

  /// Every record of every segment; each segment must be whole.
  [[nodiscard]] std::vector<Record> records() const {
    std::vector<Record> found;
    for (const auto& segment : segments(folder())) {
      const auto read = read_segment(segment, [&](const Record& record) { found.push_back(record); });
      EXPECT_TRUE(read) << read.error().message;
    }
    return found;
  }
  [[nodiscard]] std::vector<std::string> episodes() const {
    std::vector<std::string> found;
    for (const auto& record : records()) found.push_back(record.episode);
    return found;
  }

  TemporaryFolder root_;
  ManualClock clock_{kStart};
  SeededRandom random_;
};

/// Lets files of this process grow to `length` only: a write beyond is partial, then fails, as on a full disk.
class FullDisk {
 public:
  explicit FullDisk(std::size_t length) {
    handler_ = std::signal(SIGXFSZ, SIG_IGN);
    ::getrlimit(RLIMIT_FSIZE, &before_);
    auto limit = before_;
    limit.rlim_cur = length;
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FullDisk() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }
  FullDisk(const FullDisk&) = delete;
  FullDisk& operator=(const FullDisk&) = delete;

 private:
  void (*handler_)(int) = nullptr;
  rlimit before_{};
};

TEST_F(RequestLogTest, WhatIsFlushedIsOnDisk) {
  const auto log = open([](const IpAddress& address) {
    return Place{.country = address.bytes()[3] == 7 ? "CH" : "?", .region = "CH-ZH", .network = 64496, .data_centre = true};
  });
  auto asked = request(5);
  asked.whole = ByteCount{70'000'000};
  asked.first = ByteCount{0};
  asked.asked = Asked::private_feed;
  asked.arrangement = "an-arrangement";
  asked.token = "a-token";
  asked.host = "pod.example.org";
  asked.http = Http::http_1_1;
  asked.embedded = true;
  asked.session = "2D9A3B4C";
  asked.took = std::chrono::microseconds{1'234'567};
  asked.range = "bytes=0-4";
  asked.referrer = "https://example.org/";
  asked.status = 206;
  log->append(asked);
  log->flush();
  const auto found = records();
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].time, kStart);
  EXPECT_EQ(found[0].episode, "episode-5");
  EXPECT_EQ(found[0].method, "GET");
  EXPECT_EQ(found[0].status, 206);
  EXPECT_EQ(found[0].range, "bytes=0-4");
  EXPECT_EQ(found[0].sent, ByteCount{5});
  EXPECT_EQ(found[0].prefix, "192.0.2.0/24");
  EXPECT_EQ(found[0].country, "CH");
  EXPECT_EQ(found[0].user_agent, "Player/1.0");
  EXPECT_EQ(found[0].referrer, "https://example.org/");
  EXPECT_EQ(found[0].whole, ByteCount{70'000'000});
  EXPECT_EQ(found[0].first, ByteCount{0});
  EXPECT_EQ(found[0].asked, Asked::private_feed);
  EXPECT_EQ(found[0].arrangement, "an-arrangement");
  EXPECT_EQ(found[0].token, "a-token");
  EXPECT_EQ(found[0].host, "pod.example.org");
  EXPECT_EQ(found[0].http, Http::http_1_1);
  EXPECT_TRUE(found[0].embedded);
  EXPECT_EQ(found[0].session, "2D9A3B4C");
  EXPECT_EQ(found[0].took, std::chrono::milliseconds{1235});
  EXPECT_EQ(found[0].region, "CH-ZH");
  EXPECT_EQ(found[0].network, 64496U);
  EXPECT_EQ(found[0].data_centre, true);
  EXPECT_EQ(found[0].key >> 16, 2026U * 12 + 10) << "the month of the key";
  EXPECT_EQ(segments(folder()).front().filename(), "20261124T104500Z-000001.log");
}

TEST_F(RequestLogTest, ABatchIsWrittenWithoutBeingAskedFor) {
  const auto log = open();
  log->append(request(1));
  // A segment that is just being written can't be read yet.
  const auto is_written = [&] {
    std::size_t count = 0;
    for (const auto& segment : segments(folder())) (void)read_segment(segment, [&](const Record&) { ++count; });
    return count > 0;
  };
  EXPECT_TRUE(carillon::testing::eventually(is_written));
  EXPECT_THAT(episodes(), ::testing::ElementsAre("episode-1"));
}

TEST_F(RequestLogTest, TheAddressIsStoredNowhere) {
  const auto log = open();
  log->append(request(1));
  log->flush();
  const auto bytes = read_file(segments(folder()).front()).value();
  EXPECT_EQ(bytes.find("192.0.2.7"), std::string::npos);
  EXPECT_EQ(bytes.find("\xC0\x00\x02\x07"), std::string::npos);
}

TEST_F(RequestLogTest, AnUnreadableAddressIsNoReasonNotToCount) {
  const auto log = open();
  auto asked = request(1);
  asked.address = "";
  log->append(asked);
  log->flush();
  ASSERT_EQ(records().size(), 1U);
  EXPECT_EQ(records()[0].prefix, "");
  EXPECT_EQ(records()[0].listener, (std::array<std::byte, 16>{}));
}

TEST_F(RequestLogTest, TextFromOutsideIsCleanedAndCut) {
  const auto log = open();
  auto asked = request(1);
  asked.user_agent = "bad\xFF\x1B[31m" + std::string(10'000, 'x');
  asked.range = std::string(10'000, 'r');
  log->append(asked);
  log->flush();
  ASSERT_EQ(records().size(), 1U);
  const auto record = records()[0];
  EXPECT_TRUE(record.user_agent.starts_with("bad\xEF\xBF\xBD[31mxxx"));
  EXPECT_EQ(record.user_agent.size(), kLongestUserAgent);
  EXPECT_EQ(record.range.size(), kLongestRange);
}

TEST_F(RequestLogTest, DestroyingWritesWhatWaits) {
  open()->append(request(1));
  EXPECT_THAT(episodes(), ::testing::ElementsAre("episode-1"));
}

TEST_F(RequestLogTest, EveryLifeHasItsOwnSegmentAndTheSameKey) {
  for (int life = 1; life <= 3; ++life) open()->append(request(life));
  EXPECT_EQ(segments(folder()).size(), 3U);
  EXPECT_THAT(episodes(), ::testing::ElementsAre("episode-1", "episode-2", "episode-3"));
  EXPECT_EQ(records()[0].listener, records()[2].listener);
  EXPECT_EQ(records()[0].key, records()[2].key);
}

TEST_F(RequestLogTest, ALifeWithoutRequestsLeavesNoSegment) {
  open()->flush();
  EXPECT_TRUE(segments(folder()).empty());
}

TEST_F(RequestLogTest, ATornTailOfAnyLengthIsCutOffAndNothingElse) {
  {
    const auto log = open();
    log->append(request(1));
    log->flush();
    log->append(request(2));
  }
  const auto segment = segments(folder()).front();
  const auto bytes = read_file(segment).value();
  const auto last = version_2::kHeaderLength + version_2::find_block(as_bytes(bytes).subspan(version_2::kHeaderLength))->length;
  ASSERT_LT(last, bytes.size()) << "two batches";
  for (auto length = last; length < bytes.size(); ++length) {
    ASSERT_TRUE(write_file(segment, std::string_view{bytes}.substr(0, length)));
    if (length > last) {
      std::size_t before = 0;
      const auto torn = read_segment(segment, [&](const Record&) { ++before; });
      ASSERT_FALSE(torn);
      EXPECT_EQ(torn.error().kind, ErrorKind::corrupt);
      EXPECT_NE(torn.error().message.find("at byte " + std::to_string(last)), std::string::npos) << torn.error().message;
      EXPECT_EQ(before, 1U);
    }
    open();
    EXPECT_EQ(read_file(segment).value(), bytes.substr(0, last)) << length;
  }
}

TEST_F(RequestLogTest, ZerosAfterAPowerCutAreCutOff) {
  open()->append(request(1));
  const auto segment = segments(folder()).front();
  const auto bytes = read_file(segment).value();
  ASSERT_TRUE(write_file(segment, bytes + std::string(4096, '\0')));
  open()->append(request(2));
  EXPECT_EQ(read_file(segment).value(), bytes);
  EXPECT_THAT(episodes(), ::testing::ElementsAre("episode-1", "episode-2"));
}

TEST_F(RequestLogTest, ASegmentTornWithinItsFirstBatchGoes) {
  open()->append(request(1));
  const auto segment = segments(folder()).front();
  const auto bytes = read_file(segment).value();
  for (const auto length : {version_2::kHeaderLength, version_2::kHeaderLength + 1, bytes.size() - 1}) {
    ASSERT_TRUE(write_file(segment, std::string_view{bytes}.substr(0, length)));
    open();
    EXPECT_EQ(segments(folder()).size(), length == version_2::kHeaderLength ? 1U : 0U) << length;
    std::filesystem::remove(segment);
  }
}

TEST_F(RequestLogTest, ASegmentTornWithinItsHeaderGoes) {
  ASSERT_TRUE(make_folder(folder()));
  for (std::size_t length = 0; length < version_2::kHeaderLength; ++length) {
    ASSERT_TRUE(write_file(folder() / segment_name(kStart, 7), version_2::encoded(version_2::Header{}).substr(0, length)));
    open();
    EXPECT_TRUE(segments(folder()).empty()) << length;
  }
}

TEST_F(RequestLogTest, WhatIsNoTearIsLeftAlone) {
  open()->append(request(1));
  const auto segment = segments(folder()).front();
  const auto damaged = read_file(segment).value() + std::string(kLargestBatch.value + 1, '\xFF');
  ASSERT_TRUE(write_file(segment, damaged));
  open()->append(request(2));
  EXPECT_EQ(read_file(segment).value(), damaged);
  ASSERT_EQ(segments(folder()).size(), 2U);

  const auto foreign = folder() / segment_name(kStart, 9);
  ASSERT_TRUE(write_file(foreign, "a header of some other version, or something else"));
  open();
  EXPECT_EQ(read_file(foreign).value(), "a header of some other version, or something else");
}

TEST_F(RequestLogTest, AppendingFromManyThreadsLosesAndDoublesNothing) {
  constexpr int kThreads = 4, kEach = 2000;
  {
    const auto log = open();
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < kThreads; ++thread)
      threads.emplace_back([&log, thread] {
        for (int i = 0; i < kEach; ++i) {
          log->append(request(thread * kEach + i));
          if (i % 500 == 0) log->flush();
        }
      });
  }
  const auto found = records();
  std::set<std::string> different;
  std::array<std::uint64_t, kThreads> next{};
  for (const auto& record : found) {
    different.insert(record.episode);
    const auto thread = record.sent.value / kEach;
    EXPECT_EQ(record.sent.value % kEach, next[thread]++);
  }
  EXPECT_EQ(found.size(), std::size_t{kThreads} * kEach);
  EXPECT_EQ(different.size(), found.size());
}

TEST_F(RequestLogTest, AnotherDayIsAnotherSegment) {
  const auto log = open();
  log->append(request(1, kStart));
  log->flush();
  log->append(request(2, kStart + std::chrono::hours{13}));
  log->flush();
  log->append(request(3, kStart + std::chrono::hours{14}));
  // A clock that was set back does not make a segment of each batch.
  log->append(request(4, kStart - std::chrono::hours{100}));
  log->flush();
  const auto found = segments(folder());
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[1].filename(), "20261125T004500Z-000002.log");
  EXPECT_EQ(records().size(), 4U);
}

TEST_F(RequestLogTest, ARemovedSegmentIsNotWrittenOn) {
  const auto log = open();
  log->append(request(1));
  log->flush();
  std::filesystem::remove(segments(folder()).front());
  log->append(request(2));
  log->flush();
  EXPECT_THAT(episodes(), ::testing::ElementsAre("episode-2"));
}

TEST_F(RequestLogTest, AFullDiskLosesNothingAndLeavesNoTornRecord) {
  const auto log = open();
  log->append(request(1));
  log->flush();
  const auto segment = segments(folder()).front();
  const auto before = read_file(segment).value();
  // The limit falls within the next record, byte by byte.
  for (std::size_t room = 0; room < 40; room += 13) {
    const FullDisk full{before.size() + room};
    log->append(request(static_cast<int>(room) + 2));
    log->flush();
    EXPECT_EQ(read_file(segment).value(), before) << "a partial write must be cut back";
  }
  log->flush();
  EXPECT_THAT(episodes(), ::testing::ElementsAre("episode-1", "episode-2", "episode-15", "episode-28", "episode-41"));
  EXPECT_EQ(log->dropped(), 0U);
}

TEST_F(RequestLogTest, ADiskThatIsFullFromTheBeginningIsWaitedFor) {
  const auto log = open();
  {
    const FullDisk full{10};
    log->append(request(1));
    log->flush();
  }
  log->flush();
  EXPECT_THAT(episodes(), ::testing::ElementsAre("episode-1"));
}

TEST_F(RequestLogTest, BeyondTheLimitRecordsAreDroppedAndCounted) {
  const auto log = open();
  {
    const FullDisk full{0};
    for (std::size_t i = 0; i < kMaxWaiting + 10; ++i) log->append(request(static_cast<int>(i)));
    EXPECT_EQ(log->dropped(), 10U);
  }
  log->flush();
  const auto found = records();
  ASSERT_EQ(found.size(), kMaxWaiting);
  EXPECT_EQ(found.front().sent.value, 0U);
  EXPECT_EQ(found.back().sent.value, kMaxWaiting - 1);
  log->append(request(1));
  log->flush();
  EXPECT_EQ(records().size(), kMaxWaiting + 1);
}

TEST_F(RequestLogTest, WhatTheDiskRefusesToTheEndIsCounted) {
  {
    auto log = open();
    const FullDisk full{0};
    log->append(request(1));
    log.reset();
  }
  EXPECT_TRUE(records().empty());
}

// tests/data: written by the last program that wrote version 1.
TEST(SegmentTest, Version1IsReadStill) {
  std::vector<Record> found;
  const auto read =
      read_segment("tests/data/request-log-version-1/20261129T230255Z-000001.log", [&](const Record& record) { found.push_back(record); });
  ASSERT_TRUE(read) << read.error().message;
  std::vector<int> statuses;
  for (const auto& record : found) statuses.push_back(record.status);
  EXPECT_THAT(statuses, ::testing::ElementsAre(200, 206, 206, 200, 416, 301, 404));
  EXPECT_EQ(found[0].user_agent, "Overcast/3.0 (+http://overcast.fm/; iOS podcast app)");
  EXPECT_EQ(found[0].referrer, "https://example.org/");
  EXPECT_EQ(found[0].sent, ByteCount{17283});
  EXPECT_EQ(found[1].range, "bytes=0-1");
  EXPECT_EQ(found[3].method, "HEAD");
  EXPECT_EQ(found[6].episode, "01jaaaaaaaaaaaaaaaaaaaaaaa");
  for (const auto& record : found) {
    EXPECT_EQ(record.prefix, "127.0.0.0/24");
    EXPECT_EQ(record.listener, found[0].listener);
    EXPECT_EQ(record.key, 0U);
    EXPECT_FALSE(record.whole || record.first || record.took || record.network || record.data_centre || record.texts_lost);
  }
}

TEST_F(RequestLogTest, SegmentsOfVersion1AreCarriedOn) {
  ASSERT_TRUE(make_folder(folder()));
  const path given = "tests/data/request-log-version-1/20261129T230255Z-000001.log";
  std::filesystem::copy_file(given, folder() / given.filename());
  const std::string former(32, 'k');
  ASSERT_TRUE(make_folder(former_key().parent_path()));
  ASSERT_TRUE(write_file(former_key(), former));
  {
    const auto log = open();
    while (log->tend()) {}
    log->append(request(1));
    log->flush();
  }
  EXPECT_EQ(read_file(folder() / given.filename()).value(), read_file(given).value());
  ASSERT_EQ(records().size(), 8U);
  ASSERT_EQ(segments(folder()).size(), 2U);
  EXPECT_TRUE(segments(folder()).front().filename().string().ends_with("-000002.log")) << "the clock of the test is behind";
  ListenerKey key{};
  std::ranges::copy(as_bytes(former), key.begin());
  Record written;
  ASSERT_TRUE(read_segment(segments(folder()).front(), [&](const Record& record) { written = record; }));
  EXPECT_EQ(written.listener, listener_of(IpAddress::parse("192.0.2.7").value(), key)) << "nobody is a new listener because of an upgrade";
  EXPECT_EQ(written.key, 0U);
}

TEST_F(RequestLogTest, ATornTailOfVersion1IsCutOff) {
  ASSERT_TRUE(make_folder(folder()));
  const auto whole = read_file("tests/data/request-log-version-1/20261129T230255Z-000001.log").value();
  const auto segment = folder() / "20261129T230255Z-000001.log";
  ASSERT_TRUE(write_file(segment, std::string_view{whole}.substr(0, whole.size() - 3)));
  open();
  EXPECT_EQ(records().size(), 6U);
}

TEST_F(RequestLogTest, CompleteSegmentsAreCompressedAsideAndTheOpenOneIsNot) {
  for (int life = 1; life <= 3; ++life) open()->append(request(life));
  const auto log = open();
  log->append(request(4));
  log->flush();
  EXPECT_TRUE(log->tend());
  while (log->tend()) {}
  std::vector<bool> sealed;
  for (const auto& segment : segments(folder())) sealed.push_back(kind_of(segment)->sealed);
  EXPECT_THAT(sealed, ::testing::ElementsAre(true, true, true, false));
  EXPECT_THAT(episodes(), ::testing::ElementsAre("episode-1", "episode-2", "episode-3", "episode-4"));
  // Another day: the one that was open follows.
  log->append(request(5, kStart + std::chrono::hours{24}));
  log->flush();
  EXPECT_TRUE(log->tend());
  EXPECT_TRUE(kind_of(segments(folder())[3])->sealed);
}

TEST_F(RequestLogTest, ListenersAreTheSameWithinAMonthAndOthersInTheNext) {
  std::uint32_t november = 0;
  const auto now = [this](const char* time) {
    clock_.set(parse_rfc3339(time).value());
    return clock_.now();
  };
  open()->append(request(1, now("2026-11-02T00:00:00Z")));
  open()->append(request(2, now("2026-11-30T23:59:59Z")));
  {
    const auto log = open();
    log->append(request(3, now("2026-12-01T00:00:00Z")));
    log->append(request(4, parse_rfc3339("2026-11-30T23:50:00Z").value()));  // a long download
    log->flush();
    log->tend();
    now("2026-12-03T00:00:00Z");
    log->tend();
    log->append(request(5, now("2026-12-04T00:00:00Z")));
    log->append(request(6, parse_rfc3339("2026-11-30T23:50:00Z").value()));  // one that took four days
  }
  const auto found = records();
  ASSERT_EQ(found.size(), 6U);
  november = found[0].key;
  const auto december = found[2].key;
  EXPECT_NE(november, december);
  EXPECT_NE(found[0].listener, found[2].listener);
  for (const auto& [place, key] : {std::pair{1, november}, std::pair{3, november}, std::pair{4, december}, std::pair{5, december}}) {
    EXPECT_EQ(found[place].key, key) << place;
    EXPECT_EQ(found[place].listener, key == november ? found[0].listener : found[2].listener) << place;
  }
  std::size_t left = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator{keys()}) ++left;
  EXPECT_EQ(left, 1U);
}

TEST_F(RequestLogTest, TenThousandAgentsOfUpTo64KiBWithControlCharacters) {
  {
    const auto log = open();
    for (int i = 0; i < 10'000; ++i) {
      auto asked = request(i);
      asked.user_agent =
          std::to_string(i) + std::string(1, static_cast<char>(i % 32)) + "\x1B[2J\xC3" + std::string(i % 10 == 0 ? 64 * 1024 : 1024, 'a');
      asked.referrer = std::string(1024, '\r');
      asked.session = std::string(1024, '\xFF');
      log->append(std::move(asked));
      if (i % 1000 == 999) log->flush();
    }
  }
  for (const bool sealed : {false, true}) {
    std::set<std::string> agents;
    for (const auto& record : records()) {
      agents.insert(record.user_agent);
      ASSERT_LE(record.user_agent.size(), kLongestUserAgent);
      ASSERT_EQ(record.user_agent.find('\x1B'), std::string::npos);
      ASSERT_LE(record.session.size(), kLongestSession);
    }
    EXPECT_EQ(agents.size(), 10'000U) << sealed;
    while (open()->tend()) {}
  }
}

TEST_F(RequestLogTest, ADiskThatRefusesTheNewMonthsKeyIsWaitedFor) {
  const auto log = open();
  clock_.set(kStart + std::chrono::hours{24 * 30});
  {
    const FullDisk full{10};
    log->append(request(1, clock_.now()));
    log->flush();
    EXPECT_TRUE(segments(folder()).empty());
  }
  log->flush();
  EXPECT_THAT(episodes(), ::testing::ElementsAre("episode-1"));
  EXPECT_EQ(records()[0].key >> 16, 2026U * 12 + 11);
}

TEST(SegmentTest, Names) {
  EXPECT_EQ(segment_name(kStart + std::chrono::microseconds{5}, 1), "20261124T104500Z-000001.log");
  EXPECT_EQ(segment_name(kStart, 12'345'678), "20261124T104500Z-12345678.log");
  EXPECT_EQ(sequence_of("20261124T104500Z-000012.log"), 12U);
  EXPECT_EQ(sequence_of("20261124T104500Z-12345678.log"), 12'345'678U);
  for (const auto* name : {"", "20261124T104500Z-000012.log.tmp", "20261124T104500Z-00001x.log", "20261124 104500Z-000012.log",
                           "x0261124T104500Z-000012.log", "notes.log"})
    EXPECT_FALSE(sequence_of(name)) << name;
}

TEST(SegmentTest, AFullSegmentIsFollowedByAnother) {
  const TemporaryFolder folder{TemporaryFolder::On::memory};
  constexpr ByteCount kLength{6 << 20};  // more than the texts that have numbers
  SegmentWriter writer{folder.path(), 1, kLength};
  std::size_t written = 0, number = 0;
  while (writer.oldest_open() < 2 || written == 0) {
    std::vector<Record> records(1000);
    for (auto& record : records) {
      record.user_agent.assign(kLongestUserAgent, 'u');
      record.referrer = std::to_string(number++) + std::string(kLongestReferrer - 20, 'r');
    }
    const auto count = writer.append(records);
    ASSERT_TRUE(count) << count.error().message;
    written += *count;
  }
  const auto found = segments(folder.path());
  ASSERT_EQ(found.size(), 2U);
  EXPECT_GE(std::filesystem::file_size(found[0]), kLength.value);
  std::size_t count = 0;
  for (const auto& segment : found) EXPECT_TRUE(read_segment(segment, [&](const Record&) { ++count; }));
  EXPECT_EQ(count, written);
}

TEST(SegmentTest, AMissingSegmentSaysSo) {
  const auto read = read_segment("/nowhere/x.log", [](const Record&) {});
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().kind, ErrorKind::not_found);
}

TEST_F(RequestLogTest, WhatAnAddressSendsBeyondItsLimitIsCountedAndNotWritten) {
  constexpr int kPerMinute = 1;
  constexpr int kWritten = 10;  // ten minutes' worth at once
  auto limited = parts();
  limited.per_address = kPerMinute;
  auto opened = RequestLog::open(std::move(limited));
  ASSERT_TRUE(opened) << opened.error().message;
  const auto& log = *opened;
  for (int i = 0; i < 3 * kWritten; ++i) {
    auto stranger = request(i);
    stranger.address = "198.51.100.7";
    log->append(stranger);
    auto proxied = request(i);
    proxied.address = "10.0.0.1";  // behind a proxy, everybody
    log->append(proxied);
  }
  log->flush();
  EXPECT_EQ(log->over_limit(), std::uint64_t{2 * kWritten});
  int strangers = 0, local = 0;
  for (const auto& segment : segments(folder())) {
    EXPECT_TRUE(read_segment(segment, [&](const Record& record) { ++(record.prefix == "10.0.0.0/24" ? local : strangers); }));
  }
  EXPECT_EQ(strangers, kWritten);
  EXPECT_EQ(local, 3 * kWritten);
}

}  // namespace
}  // namespace carillon::stats
