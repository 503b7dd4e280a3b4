// The format byte by byte, what a reader refuses, and that what is written always comes back.

#include "stats/log/version_2.hpp"

#include "base/encoding.hpp"
#include "base/text.hpp"

#include <gtest/gtest.h>
#include <zstd.h>

namespace carillon::stats::version_2 {
namespace {

const Header kHeader{.sealed = false, .base = from_microseconds(1'795'516'926'000'000), .records = 0};

Record sample() {
  Record record;
  record.time = from_microseconds(1'795'516'926'000'007);
  record.episode = "01jdemo";
  record.media.bytes.fill(std::byte{0xAA});
  record.method = "GET";
  record.status = 206;
  record.range = "bytes=5-";
  record.sent = ByteCount{200'000};
  record.listener.fill(std::byte{0xBB});
  record.prefix = "192.0.2.0/24";
  record.country = "CH";
  record.user_agent = "Pöd/1.0";
  record.referrer = "https://example.org/";
  record.whole = ByteCount{70'000'000};
  record.first = ByteCount{5};
  record.asked = Asked::private_feed;
  record.arrangement = "one";
  record.token = "two";
  record.host = "pod.example.org";
  record.http = Http::http_2;
  record.embedded = true;
  record.session = "2D9A3B4C-0000-4000-8000-000000000000";
  record.took = std::chrono::milliseconds{1235};
  record.key = 0x5f02a6c1;
  record.region = "CH-ZH";
  record.network = 64496;
  record.data_centre = true;
  return record;
}

std::string items_with(std::span<const Record> records) {
  TextNumbers numbers;
  std::string items;
  for (const auto& record : records) append_item(items, record, kHeader, numbers);
  return items;
}

std::vector<Record> read(std::string_view items, const Header& header = kHeader) {
  Texts texts;
  std::vector<Record> records;
  for (auto rest = as_bytes(items); !rest.empty();) {
    const auto item = decode_item(rest, header, texts);
    EXPECT_TRUE(item) << (item ? "" : item.error().message);
    if (!item) break;
    if (item->record) records.push_back(*item->record);
    rest = rest.subspan(item->length);
  }
  return records;
}

TEST(Version2Test, WhatIsWrittenComesBack) {
  const std::vector<Record> records{sample(), Record{}, sample()};
  EXPECT_EQ(read(items_with(records)), records);
}

TEST(Version2Test, WhatIsNotKnownIsToldFromNothing) {
  auto record = sample();
  record.whole = record.first = ByteCount{0};
  record.took = std::chrono::milliseconds{0};
  record.network = 0;
  record.data_centre = false;
  auto unknown = record;
  unknown.whole.reset(), unknown.first.reset(), unknown.took.reset(), unknown.network.reset(), unknown.data_centre.reset();
  auto shared = unknown;
  shared.shared = true;
  const std::vector<Record> records{record, unknown, shared};
  EXPECT_EQ(read(items_with(records)), records);
}

TEST(Version2Test, AnyTimeComesBack) {
  for (const auto microseconds : {std::int64_t{-1}, std::int64_t{0}, INT64_MIN, INT64_MAX}) {
    std::vector<Record> records(1);
    records[0].time = from_microseconds(microseconds);
    EXPECT_EQ(read(items_with(records))[0].time, records[0].time);
  }
}

// The same bytes are on docs/formats/request-log.md: a change here is a new version of the format.
TEST(Version2Test, TheBytesAreThoseOfTheFormatPage) {
  EXPECT_EQ(to_hex(as_bytes(encoded(kHeader))),
            "4341525245514c47"
            "02000000"
            "00000000"
            "80fb8f5c03610600"
            "0000000000000000"
            "9f46ad0a");
  Record record;
  record.time = kHeader.base + std::chrono::microseconds{1};
  record.sent = ByteCount{1000};
  record.status = 200;
  for (std::size_t i = 0; i < record.listener.size(); ++i) record.listener[i] = static_cast<std::byte>(i);
  record.episode = "e";
  record.method = "GET";
  record.prefix = "192.0.2.0/24";
  record.user_agent = "Pod/1";
  record.whole = ByteCount{1000};
  record.first = ByteCount{0};
  record.http = Http::http_1_1;
  record.key = 300;
  const std::vector<Record> records{record};
  const auto items = items_with(records);
  EXPECT_EQ(to_hex(as_bytes(items)),
            "01000165"
            "010103474554"
            "010205506f642f31"
            "020e02c8010b00ac02e807e80700"
            "000102030405060708090a0b0c0d0e0f"
            "020000000300"
            "010c3139322e302e322e302f3234"
            "0000000400");
  EXPECT_EQ(to_hex(as_bytes(plain_block(items)).first(kBlockHeaderLength)),
            "43524250"
            "49000000"
            "49000000"
            "1eb0ee58");
}

TEST(Version2Test, TheSameTextIsStoredOnce) {
  std::vector<Record> records(1000, sample());
  const auto items = items_with(records);
  EXPECT_EQ(items.find("Pöd/1.0"), items.rfind("Pöd/1.0"));
  EXPECT_EQ(items.find("https://example.org/"), items.rfind("https://example.org/"));
  EXPECT_EQ(read(items), records);
}

TEST(Version2Test, TenThousandsOfAgentsFillTheDictionaryAndNoMore) {
  std::vector<Record> records(kMaxTexts + 5000);
  for (std::size_t i = 0; i < records.size(); ++i) records[i].user_agent = "agent " + std::to_string(i);
  TextNumbers numbers;
  std::string items;
  for (const auto& record : records) append_item(items, record, kHeader, numbers);
  EXPECT_EQ(numbers.size(), kMaxTexts);
  EXPECT_EQ(read(items), records) << "what has no number any more stands in its record";
}

TEST(Version2Test, LongAgentsFillTheDictionaryByTheirBytes) {
  TextNumbers numbers;
  std::size_t i = 0;
  while (numbers.number_of(std::string(kLongestText - 8, 'x') + std::to_string(10'000'000 + i))) ASSERT_LT(++i, kMaxTexts);
  EXPECT_LE(i * kLongestText, kMaxTextBytes);
}

TEST(Version2Test, WhatDidNotReachTheDiskGetsItsNumbersAgain) {
  TextNumbers numbers;
  EXPECT_EQ(numbers.number_of("a")->value, 0U);
  EXPECT_EQ(numbers.number_of("b")->value, 1U);
  EXPECT_EQ(numbers.number_of("c")->value, 2U);
  numbers.cut_to(1);
  EXPECT_FALSE(numbers.number_of("a")->is_new);
  EXPECT_TRUE(numbers.number_of("c")->is_new);
  EXPECT_EQ(numbers.number_of("c")->value, 1U);
  EXPECT_EQ(numbers.number_of("b")->value, 2U);
}

TEST(Version2Test, LongAndBrokenTextsAreCutAndMended) {
  std::vector<Record> records(1, sample());
  auto& record = records[0];
  for (auto* text : {&record.episode, &record.method, &record.range, &record.prefix, &record.country, &record.user_agent, &record.referrer,
                     &record.arrangement, &record.token, &record.host, &record.session, &record.region})
    *text = std::string(5000, '\xFF');
  record.referrer = "x";
  for (int i = 0; i < 1000; ++i) record.referrer += "ü";
  const auto items = items_with(records);
  EXPECT_LE(items.size(), kLongestItems);
  const auto back = read(items).at(0);
  EXPECT_TRUE(back.user_agent.starts_with("\xEF\xBF\xBD"));
  EXPECT_LE(back.user_agent.size(), kLongestUserAgent);
  EXPECT_EQ(back.referrer, record.referrer.substr(0, kLongestReferrer - 1));
}

TEST(Version2Test, TheLongestRecordFits) {
  std::vector<Record> records(1, sample());
  auto& record = records[0];
  record.episode.assign(kLongestEpisode, 'e');
  record.method.assign(kLongestMethod, 'm');
  record.range.assign(kLongestRange, 'r');
  record.prefix.assign(kLongestPrefix, 'p');
  record.country.assign(kLongestCountry, 'c');
  record.user_agent.assign(kLongestUserAgent, 'u');
  record.referrer.assign(kLongestReferrer, 'f');
  record.arrangement.assign(kLongestArrangement, 'a');
  record.token.assign(kLongestToken, 't');
  record.host.assign(kLongestHost, 'h');
  record.session.assign(kLongestSession, 's');
  record.region.assign(kLongestRegion, 'g');
  record.sent = ByteCount{UINT64_MAX};
  record.whole = record.first = record.sent;
  record.took = std::chrono::milliseconds{INT64_MAX};
  record.network = record.key = UINT32_MAX;
  record.status = UINT16_MAX;
  const auto items = items_with(records);
  EXPECT_LE(items.size(), kLongestItems);
  EXPECT_EQ(read(items), records);
}

TEST(Version2Test, ACutAnywhereIsNoItem) {
  const std::vector<Record> records{sample()};
  const auto items = items_with(records);
  std::size_t begin = 0;
  Texts whole;
  while (true) {
    const auto item = decode_item(as_bytes(items).subspan(begin), kHeader, whole).value();
    if (item.record) break;
    begin += item.length;
  }
  for (auto length = begin; length < items.size(); ++length)
    EXPECT_FALSE(decode_item(as_bytes(items).subspan(begin, length - begin), kHeader, whole)) << length;
}

TEST(Version2Test, ARecordWhoseTextIsLostSaysSo) {
  const std::vector<Record> records{sample()};
  const auto items = items_with(records);
  Texts texts;
  auto rest = as_bytes(items);
  std::optional<Record> found;
  // The texts are dropped on the way.
  while (!found) {
    Texts thrown_away;
    const auto item = decode_item(rest, kHeader, thrown_away).value();
    found = item.record;
    rest = rest.subspan(item.length);
  }
  EXPECT_TRUE(found->texts_lost);
  EXPECT_EQ(found->user_agent, "");
  EXPECT_EQ(found->range, "bytes=5-") << "a text of its own";
  EXPECT_EQ(found->sent, sample().sent);
}

TEST(Version2Test, TextsOfForeignNumbersAreRefused) {
  Texts texts;
  EXPECT_TRUE(texts.add(0, "a"));
  EXPECT_FALSE(texts.add(0, "b"));
  EXPECT_FALSE(texts.add(kMaxTexts, "c"));
  EXPECT_FALSE(texts.add(UINT64_MAX, "c"));
  EXPECT_EQ(texts.find(5), nullptr);
  EXPECT_EQ(texts.find(UINT64_MAX), nullptr);
}

TEST(Version2Test, ABlockIsWholeOrNone) {
  const std::vector<Record> records(20, sample());
  const auto items = items_with(records);
  for (const auto& block : {plain_block(items), compressed_block(items, 6).value()}) {
    const auto bytes = block + "what follows";
    const auto found = find_block(as_bytes(bytes));
    ASSERT_TRUE(found) << found.error().message;
    EXPECT_EQ(found->length, block.size());
    std::string buffer;
    EXPECT_EQ(as_text(items_of(*found, buffer).value()), items);
    for (std::size_t length = 0; length < block.size(); ++length)
      ASSERT_FALSE(find_block(as_bytes(std::string_view{block}.substr(0, length)))) << length;
    for (std::size_t bit = 0; bit < block.size() * 8; ++bit) {
      auto damaged = block;
      damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
      ASSERT_FALSE(find_block(as_bytes(damaged))) << bit;
    }
  }
  const std::string zeros(4096, '\0');
  EXPECT_FALSE(find_block(as_bytes(zeros)));
}

TEST(Version2Test, ABombIsRefusedWhateverItClaims) {
  // 64 MiB in some kilobytes, with a good checksum.
  const std::string zeros(1U << 26, '\0');
  std::string stored(1 << 20, '\0');
  const auto length = ZSTD_compress(stored.data(), stored.size(), zeros.data(), zeros.size(), 1);
  ASSERT_EQ(ZSTD_isError(length), 0U);
  stored.resize(length);
  std::string buffer;
  for (const std::size_t claimed : {std::size_t{1}, kLargestBlock}) {
    const auto bytes = stored_block(stored, claimed);
    const auto bomb = find_block(as_bytes(bytes)).value();
    const auto items = items_of(bomb, buffer);
    ASSERT_FALSE(items);
    EXPECT_EQ(items.error().kind, ErrorKind::corrupt);
    EXPECT_LE(buffer.capacity(), 2 * kLargestBlock);
  }
}

TEST(Version2Test, AHeaderIsWholeOfThisVersionAndUndamaged) {
  const auto header = encoded({.sealed = true, .base = kHeader.base, .records = 77});
  ASSERT_EQ(header.size(), kHeaderLength);
  const auto back = decode_header(as_bytes(header + "more"));
  ASSERT_TRUE(back);
  EXPECT_TRUE(back->sealed);
  EXPECT_EQ(back->base, kHeader.base);
  EXPECT_EQ(back->records, 77U);
  for (std::size_t length = 0; length < header.size(); ++length)
    EXPECT_FALSE(decode_header(as_bytes(std::string_view{header}.substr(0, length))));
  for (std::size_t i = 0; i < header.size(); ++i) {
    auto damaged = header;
    damaged[i] = static_cast<char>(damaged[i] ^ 1);
    EXPECT_FALSE(decode_header(as_bytes(damaged))) << i;
  }
}

}  // namespace
}  // namespace carillon::stats::version_2
