#include "media/peaks.hpp"

#include "media/protocol/protocol.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace carillon::media {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(PeaksOfASound, AreTheLoudestSampleOfEachTenthOfASecond) {
  Peaks peaks{10'000};
  std::vector<double> samples(2'500, 0.1);
  samples[999] = -0.5;
  samples[1'000] = 0.25;
  peaks.take(samples.data(), 700, 1);
  peaks.take(samples.data() + 700, 1'800, 1);
  EXPECT_THAT(peaks.finish(), ElementsAre(50, 25, 10)) << "the last stretch is shorter";
}

TEST(PeaksOfASound, HearEveryChannelAndClip) {
  Peaks peaks{100};
  const std::vector<double> samples{0.1, -0.7, 0.2, 0.3, 5, 0};
  peaks.take(samples.data(), 3, 2);
  EXPECT_THAT(peaks.finish(), ElementsAre(100));
}

TEST(PeaksOfASound, StandForEqualPartsOfALongOne) {
  Peaks peaks{protocol::kPeaksPerSecond};
  const std::size_t whole = protocol::kMaxPeaks * 2 + 100;
  std::vector<double> samples(whole, 0);
  std::fill(samples.begin() + static_cast<std::ptrdiff_t>(whole / 2), samples.end(), 1);
  peaks.take(samples.data(), whole, 1);
  const auto found = peaks.finish();
  ASSERT_EQ(found.size(), protocol::kMaxPeaks);
  const std::vector<std::uint8_t> quiet(found.begin(), found.begin() + static_cast<std::ptrdiff_t>(found.size() / 2));
  const std::vector<std::uint8_t> loud(found.begin() + static_cast<std::ptrdiff_t>(found.size() / 2), found.end());
  EXPECT_THAT(quiet, Each(0));
  EXPECT_THAT(loud, Each(100));
}

TEST(PeaksOfASound, AreNoneOfNothing) { EXPECT_THAT(Peaks{44'100}.finish(), IsEmpty()); }

}  // namespace
}  // namespace carillon::media
