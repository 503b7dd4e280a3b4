#include "podcast/model/cue_proposals.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace carillon::podcast {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;
using ::testing::ElementsAre;
using ::testing::SizeIs;

std::vector<milliseconds> times_of(const std::vector<CuePoint>& points) {
  std::vector<milliseconds> times;
  for (const auto& point : points) times.push_back(point.at);
  return times;
}

TEST(CuePoints, AreProposedAtBothEndsAndInSilencesAboutEveryTenMinutes) {
  std::vector<Silence> silences;
  for (milliseconds at = 30s; at < 60min; at += 30s) silences.push_back({.from = at, .until = at + 500ms});
  const auto points = propose_cue_points(60min, silences, {});
  ASSERT_THAT(points, SizeIs(8));
  EXPECT_EQ(points.front(), (CuePoint{.at = 0ms, .kind = CueKind::preroll}));
  EXPECT_EQ(points.back(), (CuePoint{.at = 60min, .kind = CueKind::postroll}));
  for (std::size_t i = 1; i + 1 < points.size(); ++i) {
    EXPECT_EQ(points[i].kind, CueKind::midroll);
    EXPECT_EQ(points[i].at % 30s, 250ms) << "in the middle of one";
    EXPECT_GT(points[i].at - points[i - 1].at, 5min);
  }
}

TEST(CuePoints, PreferChaptersAndLongSilences) {
  const std::vector<Silence> silences{
      {.from = 9min, .until = 9min + 400ms}, {.from = 10min, .until = 10min + 300ms}, {.from = 11min, .until = 11min + 2s}};
  EXPECT_THAT(times_of(propose_cue_points(20min - 1ms, silences, {})), ElementsAre(0ms, 11min + 1s, 20min - 1ms));
  EXPECT_THAT(times_of(propose_cue_points(20min - 1ms, silences, std::vector<milliseconds>{9min + 500ms})),
              ElementsAre(0ms, 9min + 200ms, 20min - 1ms));
  // One that begins long after a silence doesn't belong to it.
  EXPECT_THAT(times_of(propose_cue_points(20min - 1ms, silences, std::vector<milliseconds>{9min + 10s})),
              ElementsAre(0ms, 11min + 1s, 20min - 1ms));
}

TEST(CuePoints, AreNotProposedInTheMiddleOfAWord) {
  EXPECT_THAT(times_of(propose_cue_points(60min, {}, {})), ElementsAre(0ms, 60min));
  const std::vector<Silence> at_the_start{{.from = 5s, .until = 8s}};
  EXPECT_THAT(times_of(propose_cue_points(60min, at_the_start, {})), ElementsAre(0ms, 60min));
  const std::vector<Silence> in_a_short_one{{.from = 4min, .until = 4min + 2s}};
  EXPECT_THAT(times_of(propose_cue_points(8min, in_a_short_one, {})), ElementsAre(0ms, 8min)) << "too short for one";
}

}  // namespace
}  // namespace carillon::podcast
