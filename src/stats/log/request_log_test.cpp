// The log as a whole: what is appended is there after every kind of accident, once and in order.

#include "stats/log/request_log.hpp"

#include "base/testing/testing.hpp"
#include "base/text.hpp"
#include "stats/log/record_format.hpp"
#include "stats/log/segment.hpp"

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
  std::unique_ptr<RequestLog> open(CountryOf country = {}) {
    auto log = RequestLog::open(folder(), key(), random_, std::move(country));
    EXPECT_TRUE(log) << log.error().message;
    return std::move(*log);
  }
  [[nodiscard]] path folder() const { return root_.path() / "requests"; }
  [[nodiscard]] path key() const { return root_.path() / "secrets" / "listener.key"; }

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
  SeededRandom random_;
};

TEST_F(RequestLogTest, WhatIsFlushedIsOnDisk) {
  const auto log = open([](std::string_view address) { return address == "192.0.2.7" ? "CH" : "?"; });
  auto asked = request(5);
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
  EXPECT_EQ(segments(folder()).front().filename(), "20261124T104500Z-000001.log");
}

TEST_F(RequestLogTest, ABatchIsWrittenWithoutBeingAskedFor) {
  const auto log = open();
  log->append(request(1));
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{60};
  while (episodes().empty() && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
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
  struct stat facts{};
  ASSERT_EQ(::stat(key().c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777, 0600U);
  EXPECT_EQ(facts.st_size, 32);
}

TEST_F(RequestLogTest, ALifeWithoutRequestsLeavesNoSegment) {
  open()->flush();
  EXPECT_TRUE(segments(folder()).empty());
}

TEST_F(RequestLogTest, AKeyOfAnotherLengthIsRefused) {
  ASSERT_TRUE(make_folder(key().parent_path()));
  ASSERT_TRUE(write_file(key(), "short"));
  const auto log = RequestLog::open(folder(), key(), random_);
  ASSERT_FALSE(log);
  EXPECT_EQ(log.error().kind, ErrorKind::corrupt);
  EXPECT_EQ(read_file(key()).value(), "short");
}

TEST_F(RequestLogTest, ATornTailOfAnyLengthIsCutOffAndNothingElse) {
  {
    const auto log = open();
    log->append(request(1));
    log->append(request(2));
  }
  const auto segment = segments(folder()).front();
  const auto bytes = read_file(segment).value();
  const auto last = bytes.size() - decode(as_bytes(bytes).subspan(kHeaderLength))->length;
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

TEST_F(RequestLogTest, ASegmentTornWithinItsHeaderGoes) {
  ASSERT_TRUE(make_folder(folder()));
  for (std::size_t length = 0; length < kHeaderLength; ++length) {
    ASSERT_TRUE(write_file(folder() / segment_name(kStart, 7), segment_header().substr(0, length)));
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
  ASSERT_TRUE(write_file(foreign, "a header of some other version"));
  open();
  EXPECT_EQ(read_file(foreign).value(), "a header of some other version");
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
    for (std::size_t i = 0; i < kMostWaiting + 10; ++i) log->append(request(static_cast<int>(i)));
    EXPECT_EQ(log->dropped(), 10U);
  }
  log->flush();
  const auto found = records();
  ASSERT_EQ(found.size(), kMostWaiting);
  EXPECT_EQ(found.front().sent.value, 0U);
  EXPECT_EQ(found.back().sent.value, kMostWaiting - 1);
  log->append(request(1));
  log->flush();
  EXPECT_EQ(records().size(), kMostWaiting + 1);
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
  const TemporaryFolder folder;
  SegmentWriter writer{folder.path(), 1};
  Record record;
  record.user_agent.assign(kLongestUserAgent, 'u');
  record.referrer.assign(kLongestReferrer, 'r');
  const auto one = encoded(record);
  std::string batch;
  while (batch.size() + one.size() <= kLargestBatch.value) batch += one;
  const auto batches = kSegmentLength.value / batch.size() + 2;
  for (std::size_t i = 0; i < batches; ++i) ASSERT_TRUE(writer.append(batch, kStart));
  const auto found = segments(folder.path());
  ASSERT_EQ(found.size(), 2U);
  EXPECT_GE(std::filesystem::file_size(found[0]), kSegmentLength.value);
  std::size_t count = 0;
  for (const auto& segment : found) EXPECT_TRUE(read_segment(segment, [&](const Record&) { ++count; }));
  EXPECT_EQ(count, batches * (batch.size() / one.size()));
}

TEST(SegmentTest, AMissingSegmentSaysSo) {
  const auto read = read_segment("/nowhere/x.log", [](const Record&) {});
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().kind, ErrorKind::not_found);
}

TEST_F(RequestLogTest, WhatAnAddressSendsBeyondItsLimitIsCountedAndNotWritten) {
  constexpr int kPerMinute = 1;
  constexpr int kWritten = 10;  // ten minutes' worth at once
  auto opened = RequestLog::open(folder(), key(), random_, {}, kPerMinute);
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
