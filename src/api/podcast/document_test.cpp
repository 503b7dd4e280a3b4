#include "api/podcast/document.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace carillon::api {
namespace {

using ::testing::HasSubstr;

Result<podcast::EpisodeEdit> episode_edit(std::string_view text) {
  auto reader = ObjectReader::parse(text);
  if (!reader) return std::unexpected(reader.error());
  return episode_edit_from(*reader);
}

Result<podcast::ShowEdit> show_edit(std::string_view text) {
  auto reader = ObjectReader::parse(text);
  if (!reader) return std::unexpected(reader.error());
  return show_edit_from(*reader);
}

TEST(EpisodeEdit, TellsWhatIsSetFromWhatIsTakenAway) {
  const auto edit = episode_edit(R"({"title":"T","season":3,"number":null,"type":"bonus"})").value();
  EXPECT_EQ(edit.title, "T");
  ASSERT_TRUE(edit.season && edit.number);
  EXPECT_EQ(*edit.season, 3);
  EXPECT_EQ(*edit.number, std::nullopt) << "null takes it away";
  EXPECT_EQ(edit.type, podcast::EpisodeType::bonus);
  EXPECT_FALSE(edit.notes) << "what is not there stays as it is";
  EXPECT_FALSE(episode_edit("")->title) << "no body changes nothing";
}

struct Case {
  std::string_view document;
  std::string_view field;
};

TEST(EpisodeEdit, NamesTheFieldThatIsWrong) {
  for (const auto& [document, field] :
       {Case{R"({"title":1})", "title"}, Case{R"({"season":"1"})", "season"}, Case{R"({"season":1.5})", "season"},
        Case{R"({"number":-1})", "number"}, Case{R"({"number":99999999999})", "number"}, Case{R"({"explicit":"yes"})", "explicit"},
        Case{R"({"type":"other"})", "type"}, Case{R"({"guid":"mine"})", "guid"}, Case{R"({"state":"published"})", "state"}}) {
    const auto refused = episode_edit(document);
    ASSERT_FALSE(refused) << document;
    EXPECT_EQ(refused.error().kind, ErrorKind::invalid);
    EXPECT_EQ(refused.error().field, field) << document;
  }
}

TEST(ShowEdit, ReadsItsCategoryToTheEnd) {
  const auto edit = show_edit(R"({"category":{"name":"Society & Culture","sub":"Documentary"},"type":"serial","locked":false})").value();
  EXPECT_EQ(edit.category, (podcast::Category{"Society & Culture", "Documentary"}));
  EXPECT_EQ(edit.serial, true);
  EXPECT_EQ(edit.locked, false);
  EXPECT_FALSE(show_edit(R"({"category":{"name":"Arts","color":"red"}})"));
  EXPECT_FALSE(show_edit(R"({"category":"Arts"})"));
  EXPECT_EQ(show_edit(R"({"format":{"channels":1}})").value().format->bitrate, 96'000);
  EXPECT_EQ(show_edit(R"({"format":{"channels":2}})").value().format->bitrate, 128'000);
  EXPECT_FALSE(show_edit(R"({"title":"T"})").value().format) << "what is not there stays as it is";
  for (const auto* wrong : {R"({"format":{"channels":3}})", R"({"format":{"channels":null}})", R"({"format":{}})"})
    EXPECT_EQ(show_edit(wrong).error().field, "format") << wrong;
  EXPECT_EQ(show_edit(R"({"slug":"other"})").error().field, "slug") << "it never changes";
}

TEST(Documents, AreObjectsOfBoundedDepth) {
  for (const std::string_view bad : {"[]", "1", "\"x\"", "{", "{}x", "{\"title\":\"\xFF\"}", "nul"})
    EXPECT_EQ(ObjectReader::parse(bad).error().kind, ErrorKind::invalid) << bad;
  std::string deep = R"({"title":)" + std::string(kDeepestDocument + 1, '[') + std::string(kDeepestDocument + 1, ']') + "}";
  EXPECT_THAT(ObjectReader::parse(deep).error().message, HasSubstr("JSON"));
}

TEST(ShowEdit, ReadsWhatPodcastsSayOfThemselves) {
  const auto edit = show_edit(R"({"persons":[{"name":"Ada"}],"license":null,"complete":true})").value();
  EXPECT_EQ(edit.metadata.persons->at(0).name, "Ada");
  ASSERT_TRUE(edit.metadata.license);
  EXPECT_FALSE(*edit.metadata.license) << "null takes it away";
  EXPECT_FALSE(edit.metadata.funding) << "what is not there stays as it is";
  EXPECT_EQ(show_edit(R"({"persons":[{"name":1}]})").error().field, "persons[0].name");
  EXPECT_EQ(show_edit(R"({"soundbites":[]})").error().field, "soundbites") << "that is an episode's";
  EXPECT_EQ(
      episode_edit(R"({"soundbites":[{"start_seconds":1,"duration_seconds":20}],"number_display":"3a"})")->metadata.soundbites->size(), 1U);
  EXPECT_EQ(episode_edit(R"({"funding":[]})").error().field, "funding");
}

TEST(Documents, TellWhatSomebodyElseChanged) {
  const boost::json::object wanted{{"title", "Mine"}, {"notes", "Same"}, {"persons", {1, 2}}},
      now{{"title", "Theirs"}, {"notes", "Same"}, {"persons", {1}}, {"id", 7}};
  EXPECT_EQ(differences(wanted, now),
            (boost::json::object{{"title", {{"now", "Theirs"}}}, {"persons", boost::json::object{{"now", boost::json::array{1}}}}}));
  EXPECT_TRUE(differences(now, now).empty());
}

}  // namespace
}  // namespace carillon::api
