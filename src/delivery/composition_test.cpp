#include "delivery/composition.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace carillon::delivery {
namespace {

using ::testing::ElementsAre;

const Digest kContent{{std::byte{1}}}, kAd{{std::byte{2}}};
constexpr ByteCount kLength{1000};

Piece content(std::uint64_t from, std::uint64_t to) { return {kContent, {from}, {to - from}}; }
const Piece kInserted{kAd, {0}, {50}};

TEST(Composition, WithoutEffectIsTheWholeEpisode) {
  const auto pieces = compose(kContent, kLength, std::vector<Cut>{{.at = {0}}, {.at = {300}}, {.at = {1000}}});
  EXPECT_THAT(pieces, ElementsAre(content(0, 1000)));
  EXPECT_TRUE(is_whole(pieces, kContent, kLength));
  EXPECT_FALSE(is_whole(pieces, kAd, kLength));
  EXPECT_FALSE(is_whole({}, kContent, kLength));
}

TEST(Composition, InsertsBeforeWithinAndAfter) {
  const auto pieces = compose(kContent, kLength,
                              std::vector<Cut>{{.at = {0}, .inserted = {kInserted, kInserted}},
                                               {.at = {300}, .inserted = {kInserted}},
                                               {.at = {5000}, .inserted = {kInserted}}});
  EXPECT_THAT(pieces, ElementsAre(kInserted, kInserted, content(0, 300), kInserted, content(300, 1000), kInserted));
  EXPECT_FALSE(is_whole(pieces, kContent, kLength));
}

TEST(Composition, LeavesPartsOut) {
  EXPECT_THAT(compose(kContent, kLength, std::vector<Cut>{{.at = {0}, .until = ByteCount{100}}, {.at = {900}, .until = ByteCount{4000}}}),
              ElementsAre(content(100, 900)));
  EXPECT_THAT(compose(kContent, kLength, std::vector<Cut>{{.at = {100}, .until = ByteCount{400}, .inserted = {kInserted}}}),
              ElementsAre(content(0, 100), kInserted, content(400, 1000)));
  // Frames can be as long as the part that is left out.
  EXPECT_THAT(compose(kContent, kLength, std::vector<Cut>{{.at = {100}, .until = ByteCount{100}}}),
              ElementsAre(content(0, 100), content(100, 1000)));
}

}  // namespace
}  // namespace carillon::delivery
