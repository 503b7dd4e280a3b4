// The format byte by byte, what the decoder refuses, and that what is encoded always comes back.

#include "stats/log/version_1.hpp"

#include "base/encoding.hpp"
#include "base/text.hpp"

#include <gtest/gtest.h>

namespace carillon::stats::version_1 {
namespace {

Record sample() {
  Record record;
  record.time = from_microseconds(0x0102030405060708);
  record.episode = "01jdemo";
  record.media.bytes.fill(std::byte{0xAA});
  record.method = "GET";
  record.status = 206;
  record.range = "bytes=0-1";
  record.sent = ByteCount{2};
  record.listener.fill(std::byte{0xBB});
  record.prefix = "192.0.2.0/24";
  record.country = "CH";
  record.user_agent = "Pöd/1.0";
  record.referrer = "https://example.org/";
  return record;
}

void expect_equal(const Record& a, const Record& b) {
  EXPECT_EQ(a.time, b.time);
  EXPECT_EQ(a.episode, b.episode);
  EXPECT_EQ(a.media, b.media);
  EXPECT_EQ(a.method, b.method);
  EXPECT_EQ(a.status, b.status);
  EXPECT_EQ(a.range, b.range);
  EXPECT_EQ(a.sent, b.sent);
  EXPECT_EQ(a.listener, b.listener);
  EXPECT_EQ(a.prefix, b.prefix);
  EXPECT_EQ(a.country, b.country);
  EXPECT_EQ(a.user_agent, b.user_agent);
  EXPECT_EQ(a.referrer, b.referrer);
}

TEST(Version1Test, WhatIsEncodedComesBack) {
  const auto bytes = encoded(sample());
  const auto decoded = decode(as_bytes(bytes + "what follows is the next record's"));
  ASSERT_TRUE(decoded) << decoded.error().message;
  EXPECT_EQ(decoded->length, bytes.size());
  expect_equal(decoded->record, sample());
}

TEST(Version1Test, TimesBefore1970ComeBack) {
  auto record = sample();
  record.time = from_microseconds(-1);
  EXPECT_EQ(decode(as_bytes(encoded(record)))->record.time, record.time);
}

// The same bytes stand on docs/formats/request-log-1.md: a change here is a new version of the format.
TEST(Version1Test, TheBytesAreThoseOfTheFormatPage) {
  EXPECT_EQ(to_hex(as_bytes(segment_header())),
            "4341525245514c47"
            "01000000"
            "645d8104");
  Record record;
  record.time = from_microseconds(1'795'516'926'000'000);
  record.sent = ByteCount{1000};
  record.status = 200;
  for (std::size_t i = 0; i < record.listener.size(); ++i) record.listener[i] = static_cast<std::byte>(i);
  record.episode = "e";
  record.method = "GET";
  record.prefix = "192.0.2.0/24";
  record.user_agent = "Pod/1";
  EXPECT_EQ(to_hex(as_bytes(encoded(record))),
            "65000000"
            "29885b29"  // length, checksum
            "80fb8f5c03610600"
            "e803000000000000"
            "c800"  // time, sent, status
            "0000000000000000000000000000000000000000000000000000000000000000"
            "000102030405060708090a0b0c0d0e0f"
            "010065"
            "0300474554"
            "0000"
            "0c003139322e302e322e302f3234"
            "0000"
            "0500506f642f31"
            "0000");
}

TEST(Version1Test, ACutAnywhereIsNoRecord) {
  const auto bytes = encoded(sample());
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    const auto decoded = decode(as_bytes(std::string_view{bytes}.substr(0, length)));
    ASSERT_FALSE(decoded) << length;
    EXPECT_EQ(decoded.error().kind, ErrorKind::corrupt);
  }
}

TEST(Version1Test, AFlippedBitAnywhereIsNoRecord) {
  const auto bytes = encoded(sample());
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    auto damaged = bytes + std::string(kLongestPayload, '\0');
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_FALSE(decode(as_bytes(damaged))) << bit;
  }
}

TEST(Version1Test, ZerosAreNoRecord) { EXPECT_FALSE(decode(as_bytes(std::string(4096, '\0')))); }

TEST(Version1Test, LongStringsAreCutBetweenCharacters) {
  auto record = sample();
  record.episode = record.method = record.range = record.prefix = record.country = record.user_agent = record.referrer = "x";
  for (int i = 0; i < 1000; ++i)
    for (auto* text :
         {&record.episode, &record.method, &record.range, &record.prefix, &record.country, &record.user_agent, &record.referrer})
      *text += "ü";
  const auto bytes = encoded(record);
  EXPECT_LE(bytes.size(), kLongestFrame);
  const auto decoded = decode(as_bytes(bytes));
  ASSERT_TRUE(decoded) << decoded.error().message;
  EXPECT_EQ(decoded->record.user_agent, record.user_agent.substr(0, kLongestUserAgent - 1));
  EXPECT_EQ(decoded->record.referrer.size(), kLongestReferrer - 1);
  EXPECT_EQ(decoded->record.country, "x");
}

TEST(Version1Test, TheLongestRecordFits) {
  auto record = sample();
  record.episode.assign(kLongestEpisode, 'e');
  record.method.assign(kLongestMethod, 'm');
  record.range.assign(kLongestRange, 'r');
  record.prefix.assign(kLongestPrefix, 'p');
  record.country.assign(kLongestCountry, 'c');
  record.user_agent.assign(kLongestUserAgent, 'u');
  record.referrer.assign(kLongestReferrer, 'f');
  const auto bytes = encoded(record);
  EXPECT_EQ(bytes.size(), kLongestFrame);
  expect_equal(decode(as_bytes(bytes))->record, record);
}

TEST(Version1Test, BrokenUtf8IsReplacedAndStillFits) {
  auto record = sample();
  record.user_agent.assign(5000, '\xFF');
  const auto decoded = decode(as_bytes(encoded(record)));
  ASSERT_TRUE(decoded) << decoded.error().message;
  EXPECT_TRUE(is_utf8(decoded->record.user_agent));
  EXPECT_LE(decoded->record.user_agent.size(), kLongestUserAgent);
  EXPECT_TRUE(decoded->record.user_agent.starts_with("\xEF\xBF\xBD"));
}

TEST(Version1Test, AHeaderIsWholeOfThisVersionAndUndamaged) {
  const auto header = segment_header();
  ASSERT_EQ(header.size(), kHeaderLength);
  EXPECT_TRUE(check_segment_header(as_bytes(header + "more")));
  for (std::size_t length = 0; length < header.size(); ++length)
    EXPECT_FALSE(check_segment_header(as_bytes(std::string_view{header}.substr(0, length))));
  for (std::size_t i = 0; i < header.size(); ++i) {
    auto damaged = header;
    damaged[i] = static_cast<char>(damaged[i] ^ 1);
    EXPECT_FALSE(check_segment_header(as_bytes(damaged))) << i;
  }
}

}  // namespace
}  // namespace carillon::stats::version_1
