#include "base/time.hpp"

#include <gtest/gtest.h>

namespace carillon {
namespace {

using namespace std::chrono;

const Time kMoment = sys_days{year{2026} / 11 / 24} + hours{8} + minutes{42} + seconds{6};

TEST(Spelling, OfOneMoment) {
  EXPECT_EQ(to_rfc3339(kMoment), "2026-11-24T08:42:06Z");
  EXPECT_EQ(to_rfc3339(kMoment + microseconds{120}), "2026-11-24T08:42:06.000120Z");
  EXPECT_EQ(to_rfc2822(kMoment), "Tue, 24 Nov 2026 08:42:06 +0000");
  EXPECT_EQ(to_http_date(kMoment), "Tue, 24 Nov 2026 08:42:06 GMT");
  EXPECT_EQ(to_http_date(Time{sys_days{year{1907} / 1 / 1}}), "Tue, 01 Jan 1907 00:00:00 GMT");
  EXPECT_EQ(to_http_date(Time{sys_days{year{9999} / 12 / 31}} + hours{23} + minutes{59} + seconds{59}), "Fri, 31 Dec 9999 23:59:59 GMT");
  EXPECT_EQ(to_rfc3339(Time{} - microseconds{1}), "1969-12-31T23:59:59.999999Z") << "before 1970 the fraction still counts forward";
}

TEST(Rfc3339, IsReadWithItsOffset) {
  for (const auto* text : {"2026-11-24T08:42:06Z", "2026-11-24t08:42:06z", "2026-11-24 09:42:06+01:00", "2026-11-23T23:42:06-09:00",
                           "2026-11-24T08:42:06.000000001Z"})
    EXPECT_EQ(parse_rfc3339(text).value(), kMoment) << text;
  EXPECT_EQ(parse_rfc3339("2026-11-24T08:42:06.25Z").value(), kMoment + milliseconds{250});
  EXPECT_EQ(parse_rfc3339("2016-12-31T23:59:60Z").value(), sys_days{year{2017} / 1 / 1} - seconds{1})
      << "a leap second is the last of its minute";
}

TEST(Rfc3339, RefusesWhatIsNone) {
  for (const auto* text : {"", "tomorrow", "2026-11-24", "2026-11-24T08:42:06", "2026-02-29T00:00:00Z", "2026-13-01T00:00:00Z",
                           "2026-11-24T24:00:00Z", "2026-11-24T08:60:00Z", "2026-11-24T08:42:06.Z", "2026-11-24T08:42:06Zx",
                           "2026-11-24T08:42:06+24:00", "2026-11-24T08:42:06+0100", "+026-11-24T08:42:06Z"})
    EXPECT_FALSE(parse_rfc3339(text)) << text;
}

TEST(HttpDate, IsReadInItsThreeForms) {
  const auto want = sys_days{year{1994} / 11 / 6} + hours{8} + minutes{49} + seconds{37};
  for (const auto* text : {"Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"})
    EXPECT_EQ(parse_http_date(text).value(), want) << text;
  for (const auto* text : {"", "Sun", "Sun, 06 Nov 1994 08:49:37", "Sun, 06 Nov 1994 08:49:37 CET", "Sun, 31 Feb 1994 08:49:37 GMT",
                           "1994-11-06T08:49:37Z", "Xxx, 06 Nov 1994 08:49:37 GMT"})
    EXPECT_FALSE(parse_http_date(text)) << text;
}

TEST(HttpDate, WrittenIsRead) { EXPECT_EQ(parse_http_date(to_http_date(kMoment)).value(), kMoment); }

}  // namespace
}  // namespace carillon
