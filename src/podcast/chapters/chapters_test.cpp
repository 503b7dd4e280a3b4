#include "podcast/chapters/chapters.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace carillon::podcast {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

TEST(Chapters, AreReadWithAllTheirFields) {
  const auto chapters = parse_chapters(R"({"version":"1.2.0","author":"Ada","chapters":[
      {"startTime":0,"title":"Intro"},
      {"startTime":33.833,"endTime":60,"title":"Glück & \"Glocken\"","img":"https://example.org/a.jpg","url":"https://example.org/","toc":false,
       "value":"<x/>","location":{"name":"Wien","geo":"geo:48.2,16.3","osm":"R109166"}}]})")
                            .value();
  ASSERT_EQ(chapters.items.size(), 2U);
  EXPECT_EQ(chapters.author, "Ada");
  EXPECT_EQ(chapters.items[0], (Chapter{.title = "Intro"}));
  EXPECT_EQ(chapters.items[1], (Chapter{.start = 33'833ms,
                                        .end = 60s,
                                        .title = "Glück & \"Glocken\"",
                                        .img = "https://example.org/a.jpg",
                                        .url = "https://example.org/",
                                        .toc = false,
                                        .location = ChapterPlace{"Wien", "geo:48.2,16.3", "R109166"}}));
}

TEST(Chapters, AreWrittenAsTheyWereRead) {
  const Chapters chapters{.items = {{.title = "One"},
                                    {.start = 1'500ms, .end = 2s, .title = "\"quoted\" \\ 漢字", .url = "https://example.org/?a=b"},
                                    {.start = 3600s, .toc = false}}};
  const auto written = render_chapters(chapters);
  EXPECT_THAT(written, HasSubstr(R"({"startTime":1.5,"endTime":2,"title":"\"quoted\" \\ 漢字","url":"https://example.org/?a=b"})"));
  EXPECT_EQ(parse_chapters(written).value(), chapters);
  EXPECT_EQ(render_chapters({}), R"({"version":"1.2.0","chapters":[]})");
  EXPECT_TRUE(parse_chapters(render_chapters({})).value().items.empty());
}

TEST(Chapters, KeepWhatTheirDocumentSaysOfItself) {
  const std::string text =
      R"({"version":"1.2.0","author":"Ada \"A\" Lovelace","title":"A walk","podcastName":"Harbour","description":"From the lighthouse to the mole",)"
      R"("fileName":"walk.mp3","waypoints":true,"chapters":[{"startTime":0,"location":{"name":"Mole","geo":"geo:48.2,16.3"}}]})";
  EXPECT_EQ(render_chapters(parse_chapters(text).value()), text);
  EXPECT_EQ(parse_chapters(R"({"chapters":[],"author":7})").error().field, "author");
  EXPECT_EQ(parse_chapters(R"({"chapters":[],"waypoints":"yes"})").error().field, "waypoints");
  EXPECT_EQ(parse_chapters(R"({"chapters":[{"startTime":0,"title":"a\r\nb\u202E"}]})").value().items[0].title, "a b");
}

struct Case {
  std::string_view text, field;
};

TEST(Chapters, AreRefusedByTheFieldThatIsWrong) {
  for (const auto& [text, field] : {
           Case{"", "chapters"},
           Case{"[]", "chapters"},
           Case{"{}", "chapters"},
           Case{R"({"chapters":{}})", "chapters"},
           Case{R"({"chapters":[1]})", "chapters[0]"},
           Case{R"({"chapters":[{"title":"x"}]})", "chapters[0].startTime"},
           Case{R"({"chapters":[{"startTime":-1}]})", "chapters[0].startTime"},
           Case{R"({"chapters":[{"startTime":"0"}]})", "chapters[0].startTime"},
           Case{R"({"chapters":[{"startTime":1e300}]})", "chapters[0].startTime"},
           Case{R"({"chapters":[{"startTime":5},{"startTime":4}]})", "chapters[1].startTime"},
           Case{R"({"chapters":[{"startTime":5,"endTime":4}]})", "chapters[0].endTime"},
           Case{R"({"chapters":[{"startTime":5,"title":7}]})", "chapters[0].title"},
           Case{R"({"chapters":[{"startTime":5,"url":"javascript:x"}]})", "chapters[0].url"},
           Case{R"({"chapters":[{"startTime":5,"img":"data:x"}]})", "chapters[0].img"},
           Case{R"({"chapters":[{"startTime":5,"toc":"no"}]})", "chapters[0].toc"},
           Case{R"({"chapters":[{"startTime":5,"location":{}}]})", "chapters[0].location"},
           Case{"{\"chapters\":[{\"startTime\":5,\"title\":\"\xFF\"}]}", "chapters"},
       }) {
    const auto refused = parse_chapters(text);
    ASSERT_FALSE(refused) << text;
    EXPECT_EQ(refused.error().kind, ErrorKind::invalid) << text;
    EXPECT_EQ(refused.error().field, field) << text;
  }
}

TEST(Chapters, HaveLimits) {
  std::string many = R"({"chapters":[{"startTime":0})";
  for (std::size_t i = 0; i < kMaxChapters; ++i) many += R"(,{"startTime":0})";
  EXPECT_EQ(parse_chapters(many + "]}").error().field, "chapters");
  EXPECT_EQ(parse_chapters(std::string(kLargestChapters + 1, ' ')).error().kind, ErrorKind::too_large);
  EXPECT_FALSE(parse_chapters(R"({"chapters":)" + std::string(100, '[') + std::string(100, ']') + "}"));
  EXPECT_FALSE(parse_chapters(R"({"chapters":[{"startTime":0,"title":")" + std::string(kLongestChapterTitle + 1, 'x') + "\"}]}"));
  std::string umlauts;
  for (std::size_t i = 0; i < kLongestChapterTitle; ++i) umlauts += "ä";
  EXPECT_TRUE(parse_chapters(R"({"chapters":[{"startTime":0,"title":")" + umlauts + "\"}]}")) << "characters count, not bytes";
}

}  // namespace
}  // namespace carillon::podcast
