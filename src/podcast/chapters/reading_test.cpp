#include "podcast/chapters/reading.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace carillon::podcast {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

ReadChapters read(std::string_view text, const texts::Charset& charset = {}) {
  auto chapters = read_chapters(text, charset, "de");
  EXPECT_TRUE(chapters) << text << ": " << chapters.error().message;
  return chapters.value_or(ReadChapters{});
}

const std::vector<Chapter> kBells{
    {.title = "Intro"}, {.start = 62'500ms, .title = "Glocken & Türme", .url = "https://example.org/"}, {.start = 3723s, .title = "Ende"}};

TEST(ForeignChapters, OfTheNamespaceAsTheyAre) {
  const auto chapters =
      read(R"({"version":"1.2.0","author":"Ada","chapters":[{"startTime":0,"title":"Intro"},{"startTime":5,"endTime":6,"toc":false}]})");
  EXPECT_EQ(chapters.chapters.author, "Ada");
  EXPECT_THAT(chapters.chapters.items, ElementsAre(Chapter{.title = "Intro"}, Chapter{.start = 5s, .end = 6s, .toc = false}));
  EXPECT_THAT(chapters.repairs, IsEmpty());
  EXPECT_THAT(read(R"({"chapters":[]})").chapters.items, IsEmpty()) << "none is how they are removed";
  const auto moved = read(R"({"chapters":[{"startTime":5,"title":"B"},{"startTime":4,"title":"A"}]})");
  EXPECT_THAT(moved.chapters.items, ElementsAre(Chapter{.start = 4s, .title = "A"}, Chapter{.start = 5s, .title = "B"}));
  EXPECT_THAT(moved.repairs, ElementsAre("One entry wasn't in chronological order and was moved (chapter 2)."));
}

TEST(ForeignChapters, OfOtherPrograms) {
  for (
      const auto* text : {
          // Podlove's JSON
          R"([{"start":"00:00:00.000","title":"Intro","href":"","image":""},{"start":"00:01:02.500","title":"Glocken & T\u00fcrme","href":"https://example.org/"},{"start":"1:02:03","title":" Ende "}])",
          R"({"chapters":[{"start":0,"title":"Intro"},{"start":62.5,"title":"Glocken & Türme","href":"https://example.org/"},{"start":3723,"title":"Ende"}]})",
          // Podlove Simple Chapters, alone and in a feed
          "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<psc:chapters version=\"1.2\" "
          "xmlns:psc=\"http://podlove.org/simple-chapters\"><psc:chapter start=\"0\" title=\"Intro\"/>"
          "<psc:chapter start=\"00:01:02.500\" title=\"Glocken &amp; T&#252;rme\" href=\"https://example.org/\"/><psc:chapter "
          "start=\"1:02:03\" title=\"Ende\"/></psc:chapters>",
          "<rss><channel><item><title>x</title><chapters><chapter start='00:00:00' title='Intro'/><chapter start='1:02.5' title='Glocken "
          "&amp; Türme' "
          "href='https://example.org/'/><chapter start='1:02:03.000' title='Ende'/></chapters></item></channel></rss>",
          // MP4Chaps
          "00:00:00.000 Intro\n00:01:02.500 Glocken & Türme <https://example.org/>\n01:02:03.000 Ende\n",
          "\xEF\xBB\xBF"
          "0:00 Intro\r\n\r\n1:02,5\tGlocken & Türme <https://example.org/>\r\n1:02:03   Ende",
      }) {
    const auto chapters = read(text);
    EXPECT_EQ(chapters.chapters.items, kBells) << text;
    EXPECT_THAT(chapters.repairs, IsEmpty()) << text;
  }
}

TEST(ForeignChapters, OfAudacity) {
  EXPECT_THAT(
      read("0.000000\t0.000000\tIntro\n\\\t1000.000\t2000.000\n62.500000\t70.250000\tGlocken\n80,5\t80,5\n").chapters.items,
      ElementsAre(Chapter{.title = "Intro"}, Chapter{.start = 62'500ms, .end = 70'250ms, .title = "Glocken"}, Chapter{.start = 80'500ms}));
}

TEST(ForeignChapters, AreRepaired) {
  const auto moved = read("00:10 B\n00:05 A\n");
  EXPECT_THAT(moved.chapters.items, ElementsAre(Chapter{.start = 5s, .title = "A"}, Chapter{.start = 10s, .title = "B"}));
  EXPECT_THAT(moved.repairs, ElementsAre("One entry wasn't in chronological order and was moved (line 2)."));
  const auto link = read(R"([{"start":"0","title":"Intro","href":"www.example.org","image":"data:x"}])");
  EXPECT_THAT(link.chapters.items, ElementsAre(Chapter{.title = "Intro"}));
  EXPECT_THAT(link.repairs, ElementsAre("2 links that aren't web addresses were left out (chapter 1 …)."));
}

TEST(ForeignChapters, InOtherEncodings) {
  const auto read_title = [](std::string_view bytes, const texts::Charset& charset = {}) {
    return read(bytes, charset).chapters.items.at(0).title;
  };
  EXPECT_EQ(read_title("0:00 Gl\xFC"
                       "ck\n"),
            "Glück");
  EXPECT_EQ(read_title("0:00 Za\xBF\xF3\xB3\xE6\n", {.name = "windows-1250", .certain = true}), "Zażółć");
  EXPECT_EQ(read_title("<?xml version='1.0' encoding='windows-1250'?><chapters><chapter start='0' title='Za\xBF\xF3\xB3\xE6'/></chapters>"),
            "Zażółć");
  EXPECT_EQ(read_chapters("0:00 Za\xBF\xF3\xB3\xE6\n", {}, "de").error().field, "charset");
}

TEST(ForeignChapters, AreRefusedWithTheirPlace) {
  struct Case {
    std::string text, says;
  };
  for (const auto& [text, says] : {
           Case{"", "must be JSON"},
           Case{"Intro at 0:00", "must be JSON"},
           Case{"0:00 Intro\nGlocken", "Line 2: expected a time"},
           Case{"0:00 Intro\n5\t4\tx", "Line 2: the chapter ends before"},
           Case{"0:00 " + std::string(kLongestChapterTitle + 1, 'x'), "Line 1: the title is longer"},
           Case{"0:00 Intro\n100:00:01 Late", "Line 2: the time is later than 100 hours"},
           Case{"600000\t600001\tLate", "Line 1: the time is later than 100 hours"},
           Case{"[]", "no chapters"},
           Case{"[1]", "Chapter 1: “start”"},
           Case{R"([{"start":"0"},{"start":-1}])", "Chapter 2: “start”"},
           Case{R"([{"start":1e300}])", "Chapter 1: “start”"},
           Case{"[", "not valid JSON"},
           Case{"<chapters>\n<chapter start='0'", "Line 2: the chapters are not valid XML"},
           Case{"<rss/>", "no “psc:chapter” elements"},
           Case{"<chapters><chapter title='x'/></chapters>", "Chapter 1: “start”"},
           Case{"<a><chapters><chapter start='0'/></chapters><chapters><chapter start='0'/></chapters></a>", "several episodes"},
       }) {
    const auto refused = read_chapters(text, {}, "de");
    ASSERT_FALSE(refused) << text;
    EXPECT_EQ(refused.error().kind, ErrorKind::invalid) << text;
    EXPECT_THAT(refused.error().message, HasSubstr(says)) << text;
  }
}

TEST(ForeignChapters, HaveLimits) {
  std::string many;
  for (std::size_t i = 0; i <= kMaxChapters; ++i) many += "0:00 x\n";
  EXPECT_EQ(read_chapters(many, {}, "en").error().kind, ErrorKind::too_large);
  EXPECT_EQ(read_chapters(std::string(kLargestChapters + 1, '0'), {}, "en").error().kind, ErrorKind::too_large);
  std::string deep;
  while (deep.size() < kLargestChapters - 8) deep += "<a>";
  EXPECT_FALSE(read_chapters(deep, {}, "en"));
  // Entities of a document's own aren't expanded.
  EXPECT_FALSE(read_chapters("<!DOCTYPE x [<!ENTITY a 'xxxxxxxxxx'><!ENTITY b '&a;&a;&a;&a;'>]><x>&b;&b;</x>", {}, "en"));
}

TEST(ChaptersInNotes, AreFoundInTheirLines) {
  const std::vector<Chapter> bells{{.title = "Intro"}, {.start = 62s, .title = "The bell"}, {.start = 3723s, .title = "End: all"}};
  for (const auto* notes : {
           "About bells.\n\n0:00 Intro\n1:02 The bell\n1:02:03 End: all\n\nBye",
           "(00:00) Intro\n(01:02) - The bell\n(1:02:03) \u2013 End: all",
           "- [00:00](https://example.org/#t=0) Intro\n- **01:02** The *bell*\n* 1:02:03 | End: all",
           "<ul><li>00:00 Intro</li><li>01:02 <b>The bell</b></li><li>1:02:03 End: all</li></ul>",
           "Intro \u2014 0:00\nThe bell (1:02)\nEnd: all 1:02:03",
           "0:00 - 1:01 Intro<br>1:02 - 1:02:00 The bell<br/>1:02:03 - 1:10:00 End: all",
       })
    EXPECT_EQ(chapters_in_notes(notes), bells) << notes;
}

TEST(ChaptersInNotes, AreNotInvented) {
  for (const auto* notes : {"", "We meet at 12:30.", "12:30 lunch", "5 bells\n10 towers\n", "0:10 a\n0:05 b\n", "1:02\n2:03\n",
                            "1:2 a\n3:4 b", "1986. What\n1987. Then"})
    EXPECT_THAT(chapters_in_notes(notes), IsEmpty()) << notes;
  std::string long_notes = "0:00 a\n0:01 b\n";
  for (std::size_t i = 0; i < 20'000; ++i) long_notes += "[x](<";
  EXPECT_THAT(chapters_in_notes(long_notes), SizeIs(2)) << "and in a moment";
}

}  // namespace
}  // namespace carillon::podcast
