#include "podcast/texts/lines.hpp"

#include "podcast/texts/repairs.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace carillon::podcast::texts {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(TimeOfText, AsProgramsAndPeopleWriteIt) {
  for (const auto& [text, time] : {std::pair{"00:00:01.500", 1500ms},
                                   {"0.860", 860ms},
                                   {"00:01,5", 1500ms},
                                   {"1:2:3", 3'723'000ms},
                                   {"75:10,25", 4'510'250ms},
                                   {"00:00:01:500", 1500ms},
                                   {" 00: 00: 04, 000 ", 4000ms},
                                   {"00 : 04", 4000ms},
                                   {"5", 5000ms},
                                   {"0:00:0.000", 0ms},
                                   {"12.3456789", 12'345ms},
                                   {"360000", 360'000'000ms},
                                   {"999:59:59.999", 3'599'999'999ms}}) {
    ASSERT_TRUE(time_from(text)) << text;
    EXPECT_EQ(*time_from(text), time) << text;
  }
  for (const auto* text : {"",
                           ":",
                           "1:",
                           ":1",
                           "00:61",
                           "1:60:00",
                           "00:00:01:50",
                           "1:2:3:4:5",
                           "1 2",
                           "-1",
                           "1e3",
                           "0x1",
                           "1.2.3",
                           "soon",
                           "1:002",
                           "1000:00:00",
                           "99999999999999999999",
                           "1.",
                           ".5",
                           "1,",
                           "1.1234567890"})
    EXPECT_FALSE(time_from(text)) << text;
}

TEST(TimeOfText, InTheNotationOfWebVtt) {
  for (const auto* text : {"00:01.000", "12:34:56.789", "100:00:00.000"}) EXPECT_TRUE(is_usual_time(text, '.')) << text;
  for (const auto* text : {"00:01,000", "0:01.000", "00:01.00", "01.000", "00:01", "00:00:00:00.000", "00:61.000"})
    EXPECT_FALSE(is_usual_time(text, '.')) << text;
  EXPECT_TRUE(is_usual_time("00:00:01,000", ','));
}

TEST(LinesOfText, AreCounted) {
  Lines lines{"a\r\nb\rc\n\nd"};
  for (const auto* line : {"a", "b", "c", "", "d"}) EXPECT_EQ(lines.next(), line);
  EXPECT_EQ(lines.number(), 5U);
  EXPECT_FALSE(lines.next());
}

TEST(ListOfRepairs, IsShort) {
  Repairs repairs;
  EXPECT_THAT(repairs.sentences(), IsEmpty());
  repairs.note(Repair::order, "line", 7);
  repairs.note(Repair::unusual_time, "line", 3);
  repairs.note(Repair::unusual_time, "line", 9);
  for (std::size_t i = 1; i <= 1000; ++i) repairs.note(Repair::ends_early, "segment", i);
  repairs.say("First.");
  EXPECT_THAT(repairs.sentences(), ElementsAre("First.", "2 unusual notations of time were converted (lines 3 and 9).",
                                               "One entry wasn't in chronological order and was moved (line 7).",
                                               "1000 entries ended before they started; their ends were corrected (segments 1, 2, 3 …)."));
}

}  // namespace
}  // namespace carillon::podcast::texts
