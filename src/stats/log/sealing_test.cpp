// Complete segments are compressed without losing anything, and what is damaged afterwards costs no more than itself.

#include "stats/log/sealing.hpp"

#include "base/file.hpp"
#include "base/testing/testing.hpp"
#include "stats/log/request_log.hpp"
#include "stats/log/segment.hpp"
#include "stats/log/segment_writer.hpp"
#include "stats/log/version_1.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/resource.h>
#include <zstd.h>

#include <csignal>

namespace carillon::stats {
namespace {

using std::filesystem::path;
using testing::TemporaryFolder;

const Time kStart = parse_rfc3339("2026-11-24T10:45:00Z").value();

class SealingTest : public ::testing::Test {
 protected:
  /// A complete segment with `count` records, in blocks of at most 500.
  path segment_of(std::size_t count, std::uint64_t sequence = 1) {
    SegmentWriter writer{folder_.path(), sequence};
    for (std::size_t i = 0; i < count;) {
      std::vector<Record> batch;
      for (; i < count && batch.size() < 500; ++i) {
        Record record;
        record.time = kStart + std::chrono::seconds{i % 3600};
        record.episode = "episode-" + std::to_string(i % 50);
        record.status = 200;
        record.sent = ByteCount{i};
        record.user_agent = "Agent/" + std::to_string(i % 100);
        // Hardly compressible, so that the segment has several blocks.
        record.session = std::to_string(i * 7919) + "-" + std::to_string(std::hash<std::string>{}(std::to_string(i)));
        batch.push_back(record);
        written_.push_back(record);
      }
      EXPECT_EQ(writer.append(batch).value(), batch.size());
    }
    return folder_.path() / segment_name(kStart, sequence);
  }
  static std::vector<Record> read(const path& segment, Result<>* outcome = nullptr) {
    std::vector<Record> found;
    const auto result = read_segment(segment, [&](const Record& record) { found.push_back(record); });
    if (outcome)
      *outcome = result;
    else
      EXPECT_TRUE(result) << result.error().message;
    return found;
  }
  /// Where the blocks of a sealed segment begin.
  static std::vector<std::size_t> blocks_of(const std::string& bytes) {
    std::vector<std::size_t> begins;
    for (auto at = version_2::kHeaderLength; at < bytes.size();) {
      begins.push_back(at);
      at += version_2::find_block(as_bytes(bytes).subspan(at)).value().length;
    }
    return begins;
  }
  [[nodiscard]] std::vector<std::string> files() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator{folder_.path()}) names.push_back(entry.path().filename().string());
    std::ranges::sort(names);
    return names;
  }

  TemporaryFolder folder_{TemporaryFolder::On::memory};
  std::vector<Record> written_;
  std::atomic<bool> stop_ = false;
};

TEST_F(SealingTest, NothingIsLostAndMuchIsSaved) {
  const auto segment = segment_of(20'000);
  const auto before = std::filesystem::file_size(segment);
  ASSERT_EQ(read(segment), written_);
  EXPECT_TRUE(seal(segment, stop_).value());
  EXPECT_LT(std::filesystem::file_size(segment), before / 2);
  EXPECT_EQ(read(segment), written_);
  EXPECT_THAT(files(), ::testing::ElementsAre(segment.filename().string()));
  const auto sealed = read_file(segment).value();
  EXPECT_FALSE(seal(segment, stop_).value()) << "once";
  EXPECT_EQ(read_file(segment).value(), sealed);
}

TEST_F(SealingTest, WhatIsDamagedOrOfVersion1StaysAsItIs) {
  const auto segment = segment_of(2000);
  auto bytes = read_file(segment).value();
  bytes[bytes.size() / 2] ^= 1;
  ASSERT_TRUE(write_file(segment, bytes));
  EXPECT_FALSE(seal(segment, stop_).value());
  EXPECT_EQ(read_file(segment).value(), bytes);
  const auto old = folder_.path() / segment_name(kStart, 2);
  const auto version_1 = version_1::segment_header() + version_1::encoded(Record{});
  ASSERT_TRUE(write_file(old, version_1));
  EXPECT_FALSE(seal(old, stop_).value());
  EXPECT_EQ(read_file(old).value(), version_1);
  EXPECT_EQ(read(old).size(), 1U);
}

TEST_F(SealingTest, OneAfterTheOtherAndNeverTheOpenOne) {
  for (std::uint64_t sequence = 1; sequence <= 4; ++sequence) segment_of(10, sequence);
  std::uint64_t looked_at = 0;
  const auto sealed = [&] {
    std::vector<std::uint64_t> found;
    for (const auto& segment : segments_in(folder_.path()).value())
      if (kind_of(segment.path)->sealed) found.push_back(segment.sequence);
    return found;
  };
  EXPECT_TRUE(seal_next(folder_.path(), 4, looked_at, stop_).value());
  EXPECT_THAT(sealed(), ::testing::ElementsAre(1));
  EXPECT_TRUE(seal_next(folder_.path(), 4, looked_at, stop_).value());
  EXPECT_TRUE(seal_next(folder_.path(), 4, looked_at, stop_).value());
  EXPECT_FALSE(seal_next(folder_.path(), 4, looked_at, stop_).value());
  EXPECT_THAT(sealed(), ::testing::ElementsAre(1, 2, 3));
  EXPECT_TRUE(seal_next(folder_.path(), 5, looked_at, stop_).value());
  EXPECT_THAT(sealed(), ::testing::ElementsAre(1, 2, 3, 4));
}

TEST_F(SealingTest, AStopLeavesEverythingAsItWas) {
  const auto segment = segment_of(2000);
  const auto bytes = read_file(segment).value();
  stop_ = true;
  EXPECT_FALSE(seal(segment, stop_).value());
  EXPECT_EQ(read_file(segment).value(), bytes);
  EXPECT_EQ(files().size(), 1U);
}

TEST_F(SealingTest, AFullDiskLeavesEverythingAsItWas) {
  const auto segment = segment_of(20'000);
  const auto bytes = read_file(segment).value();
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  ::getrlimit(RLIMIT_FSIZE, &before);
  auto limit = before;
  limit.rlim_cur = bytes.size() / 10;
  ::setrlimit(RLIMIT_FSIZE, &limit);
  const auto sealed = seal(segment, stop_);
  ::setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  ASSERT_FALSE(sealed);
  EXPECT_EQ(read_file(segment).value(), bytes);
  EXPECT_EQ(files().size(), 1U);
}

TEST_F(SealingTest, WhatACrashLeftIsRemoved) {
  const auto segment = segment_of(10);
  ASSERT_TRUE(write_file(segment.string() + ".sealing", "half of it"));
  ASSERT_TRUE(write_file(folder_.path() / "notes.sealing", "an operator's own"));
  ASSERT_TRUE(remove_half_sealed(folder_.path()));
  EXPECT_THAT(files(), ::testing::ElementsAre(segment.filename().string(), "notes.sealing"));
}

TEST_F(SealingTest, ADamagedBlockCostsItsRecordsAlone) {
  const auto segment = segment_of(60'000);
  ASSERT_TRUE(seal(segment, stop_).value());
  const auto whole = read_file(segment).value();
  const auto blocks = blocks_of(whole);
  ASSERT_GE(blocks.size(), 4U) << "texts, and three blocks of records";
  // In its header, at its beginning, in the middle, at its end.
  for (const auto place : {blocks[2], blocks[2] + 5, blocks[2] + version_2::kBlockHeaderLength + 100, blocks[3] - 1}) {
    auto bytes = whole;
    bytes[place] ^= 0x55;
    ASSERT_TRUE(write_file(segment, bytes));
    Result<> outcome;
    const auto found = read(segment, &outcome);
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().kind, ErrorKind::corrupt);
    EXPECT_NE(outcome.error().message.find("at byte " + std::to_string(blocks[2])), std::string::npos) << outcome.error().message;
    EXPECT_NE(outcome.error().message.find(std::to_string(found.size()) + " records of 60000 can be read"), std::string::npos)
        << outcome.error().message;
    EXPECT_LT(found.size(), written_.size());
    EXPECT_GT(found.size(), written_.size() / 4);
    EXPECT_EQ(found.front(), written_.front());
    EXPECT_EQ(found.back(), written_.back()) << "what is behind the damage";
    for (const auto& record : found) ASSERT_FALSE(record.texts_lost);
  }
}

TEST_F(SealingTest, ADamagedDictionaryCostsTheTextsAlone) {
  const auto segment = segment_of(3000);
  ASSERT_TRUE(seal(segment, stop_).value());
  auto bytes = read_file(segment).value();
  bytes[version_2::kHeaderLength + version_2::kBlockHeaderLength + 10] ^= 0x55;
  ASSERT_TRUE(write_file(segment, bytes));
  Result<> outcome;
  const auto found = read(segment, &outcome);
  ASSERT_FALSE(outcome);
  EXPECT_NE(outcome.error().message.find("3000 of them with a missing string, e.g. the user agent"), std::string::npos)
      << outcome.error().message;
  ASSERT_EQ(found.size(), written_.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    ASSERT_TRUE(found[i].texts_lost);
    ASSERT_EQ(found[i].sent, written_[i].sent);
    ASSERT_EQ(found[i].session, written_[i].session);
  }
}

TEST_F(SealingTest, AMissingEndIsNoticed) {
  const auto segment = segment_of(30'000);
  ASSERT_TRUE(seal(segment, stop_).value());
  const auto whole = read_file(segment).value();
  const auto last = blocks_of(whole).back();
  ASSERT_TRUE(write_file(segment, std::string_view{whole}.substr(0, last)));
  Result<> outcome;
  EXPECT_LT(read(segment, &outcome).size(), written_.size());
  ASSERT_FALSE(outcome);
  EXPECT_NE(outcome.error().message.find("the end is missing"), std::string::npos) << outcome.error().message;
  // And it is not taken for the tear of a crash.
  EXPECT_EQ(mend_newest(folder_.path()).value(), 2U);
  EXPECT_EQ(read_file(segment).value().size(), last);
}

TEST_F(SealingTest, ABombInASegmentCostsItsBlockAlone) {
  const auto segment = segment_of(500);
  ASSERT_TRUE(seal(segment, stop_).value());
  const auto whole = read_file(segment).value();
  // 64 MiB of zeros as a block that claims to be as long as it may be. The checksum is right.
  std::string stored(1 << 20, '\0');
  const std::string zeros(64U << 20, '\0');
  stored.resize(ZSTD_compress(stored.data(), stored.size(), zeros.data(), zeros.size(), 1));
  const auto forged = version_2::stored_block(stored, version_2::kLargestBlock);
  ASSERT_TRUE(version_2::find_block(as_bytes(forged)));
  const auto blocks = blocks_of(whole);
  ASSERT_TRUE(write_file(segment, whole.substr(0, blocks[1]) + forged + whole.substr(blocks[1])));
  Result<> outcome;
  EXPECT_EQ(read(segment, &outcome), written_);
  ASSERT_FALSE(outcome);
  EXPECT_NE(outcome.error().message.find("can't be decompressed"), std::string::npos) << outcome.error().message;
}

TEST_F(SealingTest, ManyFalseMarksDoNotKeepAReaderBusy) {
  const auto segment = segment_of(10);
  auto bytes = read_file(segment).value();
  // Each says to be a megabyte long.
  for (int i = 0; i < 200'000; ++i)
    bytes += version_2::plain_block(std::string(1, 'x')).substr(0, 4) + std::string("\x00\x00\x10\x00\x00\x00\x10\x00\x00\x00\x00\x00", 12);
  ASSERT_TRUE(write_file(segment, bytes));
  Result<> outcome;
  EXPECT_EQ(read(segment, &outcome), written_);
  ASSERT_FALSE(outcome);
  EXPECT_NE(outcome.error().message.find("was stopped"), std::string::npos) << outcome.error().message;
}

}  // namespace
}  // namespace carillon::stats
