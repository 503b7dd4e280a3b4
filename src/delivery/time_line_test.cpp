#include "delivery/time_line.hpp"

#include <gtest/gtest.h>

namespace carillon::delivery {
namespace {

using namespace std::chrono_literals;

/// 10 s before it, 20 s between its first and second minute, 5 s of it removed, 15 s behind it.
TimeLine usual() {
  return TimeLine{{{.from = 0s, .to = 60s, .at = 10s}, {.from = 60s, .to = 100s, .at = 90s}, {.from = 105s, .to = 180s, .at = 130s}}, 220s};
}

TEST(TimeLine, MovesByWhatWasInsertedAndRemovedBefore) {
  EXPECT_EQ(usual().start(0s), 10s);
  EXPECT_EQ(usual().start(59s), 69s);
  EXPECT_EQ(usual().start(70s), 100s);
  EXPECT_EQ(usual().start(150s), 175s);
  EXPECT_EQ(usual().end(150s), 175s);
}

TEST(TimeLine, StartsBehindAnInsertionAndEndsBeforeIt) {
  EXPECT_EQ(usual().start(60s), 90s);
  EXPECT_EQ(usual().end(60s), 70s);
  EXPECT_EQ(usual().end(0s), 10s) << "nothing ends in front of the first piece of content";
}

TEST(TimeLine, WhatIsVeryCloseToACutBelongsToIt) {
  EXPECT_EQ(usual().start(59'950ms), 90s);
  EXPECT_EQ(usual().end(60'025ms), 70s);
  EXPECT_EQ(usual().start(60'025ms), 90'025ms);
  EXPECT_EQ(usual().end(59'950ms), 69'950ms);
  EXPECT_EQ(usual().end(25ms), 10'025ms) << "the beginning isn't a cut";
  EXPECT_EQ(usual().start(179'990ms), 204'990ms) << "and neither is the end";
}

TEST(TimeLine, WhatWasRemovedIsWhereTheEpisodeWasInterrupted) {
  EXPECT_EQ(usual().start(102s), 130s);
  EXPECT_EQ(usual().end(102s), 130s);
}

TEST(TimeLine, BeyondTheEndIsTheEndOfTheEpisode) {
  EXPECT_EQ(usual().start(180s), 205s);
  EXPECT_EQ(usual().end(1h), 205s);
  EXPECT_EQ(usual().start(1h), 205s);
}

TEST(TimeLine, OfInsertionsAlone) {
  const TimeLine none{{}, 30s};
  EXPECT_EQ(none.start(5s), 30s);
  EXPECT_EQ(none.end(5s), 0s);
}

}  // namespace
}  // namespace carillon::delivery
