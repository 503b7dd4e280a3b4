#include "incidents/calendar.hpp"

#include "base/testing/testing.hpp"
#include "base/text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace carillon::incidents {
namespace {

using carillon::testing::ManualClock;
using ::testing::HasSubstr;
using ::testing::Not;

std::string unfolded(std::string text) {
  for (auto at = text.find("\r\n "); at != std::string::npos; at = text.find("\r\n ", at)) text.erase(at, 3);
  return text;
}

TEST(Calendar, IsExactlyThisForOneOfEach) {
  const ManualClock clock;
  const auto at = clock.now() + std::chrono::days{30} + std::chrono::hours{7};
  const CalendarEntry entries[] = {{"renewal-www.example.org", "www.example.org", CalendarWhat::renewal, at},
                                   {"expiry-www.example.org", "www.example.org", CalendarWhat::expiry, at + std::chrono::days{30}}};
  EXPECT_EQ(calendar_of(entries, clock),
            "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Carillon//Certificates//"
            "EN\r\nCALSCALE:GREGORIAN\r\nMETHOD:PUBLISH\r\nX-WR-CALNAME:Certificates\r\n"
            "REFRESH-INTERVAL;VALUE=DURATION:PT6H\r\nX-PUBLISHED-TTL:PT6H\r\n"
            "BEGIN:VEVENT\r\nUID:renewal-www.example.org\r\nDTSTAMP:20261124T000000Z\r\nDTSTART:20261224T070000Z\r\n"
            "SUMMARY:www.example.org: certificate renewal\r\nDESCRIPTION:carillon cert show "
            "www.example.org\r\nCATEGORIES:Renewal\r\nTRANSP:TRANSPARENT\r\n"
            "BEGIN:VALARM\r\nACTION:DISPLAY\r\nTRIGGER:-P1D\r\nDESCRIPTION:www.example.org: certificate "
            "renewal\r\nEND:VALARM\r\nEND:VEVENT\r\n"
            "BEGIN:VEVENT\r\nUID:expiry-www.example.org\r\nDTSTAMP:20261124T000000Z\r\nDTSTART:20270123T070000Z\r\n"
            "SUMMARY:www.example.org: certificate expires\r\nDESCRIPTION:carillon cert show "
            "www.example.org\r\nCATEGORIES:Expiry\r\nTRANSP:TRANSPARENT\r\n"
            "BEGIN:VALARM\r\nACTION:DISPLAY\r\nTRIGGER:-P7D\r\nDESCRIPTION:www.example.org: certificate expires\r\nEND:VALARM\r\n"
            "BEGIN:VALARM\r\nACTION:DISPLAY\r\nTRIGGER:-P1D\r\nDESCRIPTION:www.example.org: certificate "
            "expires\r\nEND:VALARM\r\nEND:VEVENT\r\n"
            "END:VCALENDAR\r\n");
}

TEST(Calendar, LongNamesAreFoldedBetweenCharactersAndEscaped) {
  const ManualClock clock;
  std::string name = "a,b;c\\d\r\nEND:VEVENT ";
  for (int i = 0; i < 100; ++i) name += "größe-";
  const CalendarEntry entry{"u", name, CalendarWhat::expiry, clock.now()};
  const auto calendar = calendar_of({&entry, 1}, clock);
  for (auto line : split(calendar, '\n')) {
    if (line.empty()) continue;
    ASSERT_TRUE(line.ends_with('\r'));
    line.remove_suffix(1);
    EXPECT_LE(line.size(), 75U);
    EXPECT_TRUE(is_utf8(line)) << line;
  }
  const auto whole = unfolded(calendar);
  EXPECT_THAT(whole, HasSubstr("SUMMARY:a\\,b\\;c\\\\d\\nEND:VEVENT größe-größe-"));
  EXPECT_THAT(whole, Not(HasSubstr("\nEND:VEVENT größe")));
}

}  // namespace
}  // namespace carillon::incidents
