#include "base/spoken_time.hpp"

#include <gtest/gtest.h>

namespace carillon {
namespace {

using namespace std::chrono_literals;

TEST(SpokenTime, LengthsAreSaidAsPeopleDo) {
  EXPECT_EQ(length_text(0ms), "0 s");
  EXPECT_EQ(length_text(59'999ms), "59 s");
  EXPECT_EQ(length_text(60s), "1 min 00 s");
  EXPECT_EQ(length_text(2min + 3s), "2 min 03 s");
  EXPECT_EQ(length_text(1h + 2min + 3s), "1 h 02 min 03 s");
  EXPECT_EQ(length_text(100h), "100 h 00 min 00 s");
}

TEST(SpokenTime, SpansAreAsCoarseAsPeopleThink) {
  EXPECT_EQ(span_text(0s), "less than a second");
  EXPECT_EQ(span_text(1s), "1 second");
  EXPECT_EQ(span_text(119s + 900ms), "119 seconds");
  EXPECT_EQ(span_text(2min), "2 minutes");
  EXPECT_EQ(span_text(119min + 59s), "119 minutes");
  EXPECT_EQ(span_text(2h), "2 hours");
  EXPECT_EQ(span_text(47h), "47 hours");
  EXPECT_EQ(span_text(-48h), "2 days");
  EXPECT_EQ(span_text(24h * 90 + 23h), "90 days");
}

TEST(SpokenTime, MomentsAreTheDayAndTheMinute) {
  const auto time = parse_rfc3339("2026-11-24T08:42:59.5Z").value();
  EXPECT_EQ(day_text(time), "24 November 2026");
  EXPECT_EQ(moment_text(time), "24 November 2026, 08:42 UTC");
  EXPECT_EQ(moment_text(parse_rfc3339("2026-01-01T00:30:00+01:00").value()), "31 December 2025, 23:30 UTC");
}

}  // namespace
}  // namespace carillon
