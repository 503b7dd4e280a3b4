#include "delivery/arrangement.hpp"

#include "base/encoding.hpp"
#include "base/testing/testing.hpp"

#include <gtest/gtest.h>

#include <random>
#include <set>

namespace carillon::delivery {
namespace {

constexpr NameKey kKey{{std::byte{1}, std::byte{2}, std::byte{3}}};

Digest digest_of(unsigned number) {
  Digest digest;
  for (std::size_t i = 0; i < digest.bytes.size(); ++i) digest.bytes[i] = static_cast<std::byte>(number * 31 + i * 7);
  return digest;
}

Arrangement usual() {
  const auto content = digest_of(1);
  return {.episode = "01jdz0000000000000000000ab",
          .prefix = digest_of(2),
          .content = content,
          .pieces = {{digest_of(3), {0}, {480'000}},
                     {content, {0}, {28'000'000}},
                     {digest_of(4), {0}, {960'000}},
                     {content, {28'000'000}, {29'600'000}}}};
}

TEST(ArrangementName, LeadsBackToItsArrangement) {
  const auto name = name_of(usual(), kKey).value();
  EXPECT_EQ(arrangement_from(name, kKey).value(), usual());
  EXPECT_EQ(name.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"), std::string::npos);
}

TEST(ArrangementName, OfTheLargestArrangementIsShortEnoughForURLs) {
  Arrangement large = usual();
  large.pieces.clear();
  constexpr std::uint64_t kTwentyHours = 20ULL * 3600 * 320'000 / 8;
  for (std::size_t i = 0; i < kMaxInsertedFiles; ++i) {
    large.pieces.push_back({large.content, {kTwentyHours}, {kTwentyHours}});
    large.pieces.push_back({digest_of(10 + static_cast<unsigned>(i)), {0}, {10'000'000}});
  }
  EXPECT_LE(name_of(large, kKey).value().size(), kLongestName);
  large.pieces.push_back({digest_of(99), {0}, {1}});
  EXPECT_FALSE(name_of(large, kKey));
}

TEST(ArrangementName, IsRefusedForWhatCannotBeServed) {
  auto empty = usual();
  empty.pieces.clear();
  EXPECT_FALSE(name_of(empty, kKey));
  auto nothing = usual();
  nothing.pieces[1].length = {};
  EXPECT_FALSE(name_of(nothing, kKey));
  auto nameless = usual();
  nameless.episode = "../../etc/passwd";
  EXPECT_FALSE(name_of(nameless, kKey));
  auto many = usual();
  while (many.pieces.size() <= kMaxPieces) many.pieces.push_back(many.pieces.front());
  EXPECT_FALSE(name_of(many, kKey));
}

TEST(ArrangementName, IsOnlyValidAsItWasWritten) {
  const auto name = name_of(usual(), kKey).value();
  constexpr std::string_view kLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  for (std::size_t at = 0; at < name.size(); ++at) {
    for (const char letter : kLetters) {
      if (letter == name[at]) continue;
      auto changed = name;
      changed[at] = letter;
      ASSERT_FALSE(arrangement_from(changed, kKey)) << at << letter;
    }
  }
  for (std::size_t length = 0; length < name.size(); ++length) ASSERT_FALSE(arrangement_from(name.substr(0, length), kKey));
  for (const auto& other : {name + "A", name + "=", name + "\n", " " + name, name + name, std::string(5'000'000, 'A')})
    EXPECT_FALSE(arrangement_from(other, kKey));
  EXPECT_FALSE(arrangement_from(name, NameKey{})) << "another key";
}

TEST(ArrangementName, OfDifferentArrangementsIsDifferent) {
  std::set<std::string> names;
  std::mt19937 engine{5};
  std::set<std::vector<std::uint64_t>> made;
  for (int i = 0; i < 10'000; ++i) {
    auto arrangement = usual();
    std::vector<std::uint64_t> numbers;
    arrangement.pieces.clear();
    const auto pieces = 1 + engine() % 3;
    for (std::uint32_t k = 0; k < pieces; ++k) {
      const auto file = engine() % 3;
      const Piece piece{digest_of(static_cast<unsigned>(file)), {engine() % 300}, {1 + engine() % 300}};
      numbers.insert(numbers.end(), {file, piece.offset.value, piece.length.value});
      arrangement.pieces.push_back(piece);
    }
    const bool is_new = made.insert(numbers).second;
    EXPECT_EQ(names.insert(name_of(arrangement, kKey).value()).second, is_new);
  }
}

TEST(ArrangementNames, DifferByTheirMarks) {
  const auto key = name_key_of("secret");
  Arrangement arrangement{.episode = "01jdz0000000000000000000ab"};
  arrangement.pieces = {{.frames = arrangement.content, .offset = {}, .length = ByteCount{417}}};
  const auto plain = name_of(arrangement, key).value();
  for (const std::uint64_t mark : {std::uint64_t{1}, std::uint64_t{256}, UINT64_MAX}) {
    arrangement.mark = mark;
    const auto name = name_of(arrangement, key).value();
    EXPECT_NE(name, plain);
    EXPECT_EQ(arrangement_from(name, key).value(), arrangement);
  }
}

}  // namespace
}  // namespace carillon::delivery
