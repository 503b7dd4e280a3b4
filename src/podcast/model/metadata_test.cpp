#include "podcast/model/metadata.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <boost/json/parse.hpp>

namespace carillon::podcast {
namespace {

using namespace std::chrono_literals;

boost::json::object object(std::string_view text) { return boost::json::parse(text).as_object(); }

TEST(Metadata, ComesBackFromItsDocument) {
  const auto edit = show_metadata_from(object(R"({
      "persons":[{"name":"Ada","role":"host","img":"https://example.org/ada.jpg","href":"https://example.org/ada"},{"name":"Zoë","group":"visuals","role":"cover art designer"}],
      "locations":[{"name":"Wien","rel":"subject","geo":"geo:48.2010,16.3695,183;u=10","osm":"R109166","country":"AT"}],
      "license":{"name":"CC-BY-4.0"},
      "funding":[{"url":"https://example.org/give","text":"Give"}],
      "listen_links":[{"url":"https://open.spotify.com/show/1"},{"name":"Our player","url":"https://example.org/listen"}],
      "seasons":[{"number":2,"name":"Sea"},{"number":1,"name":"Land"}],
      "complete":true,"blocked":true,"measuring_prefix":"https://op3.dev/e/"})"))
                        .value();
  ShowMetadata metadata;
  apply(edit, metadata);
  EXPECT_EQ(metadata.license, (License{"cc-by-4.0", ""})) << "known by its small name";
  EXPECT_EQ(metadata.season_name(2), "Sea");
  EXPECT_EQ(metadata.season_name(3), "");
  ShowMetadata again;
  apply(show_metadata_from(document_of(metadata)).value(), again);
  EXPECT_EQ(again, metadata);
  apply(show_metadata_from(object(R"({"persons":[],"license":null,"complete":false})")).value(), again);
  EXPECT_TRUE(again.persons.empty() && !again.license && !again.complete);
  EXPECT_EQ(again.funding, metadata.funding) << "what is not there stays as it is";
  EXPECT_EQ(again.listen_links, metadata.listen_links);
}

TEST(Metadata, HasTheMeasuringServiceInFrontOfEnclosures) {
  constexpr const char* kEnclosure = "https://pod.example.org/e/1/talk.mp3";
  ShowMetadata metadata;
  EXPECT_EQ(metadata.measured(kEnclosure), kEnclosure);
  for (const char* prefix : {"https://op3.dev/e/", "https://op3.dev/e/dts.podtrac.com/redirect.mp3/"}) {
    apply(show_metadata_from({{"measuring_prefix", prefix}}).value(), metadata);
    EXPECT_EQ(metadata.measured(kEnclosure), std::string(prefix) + "pod.example.org/e/1/talk.mp3");
  }
  apply(show_metadata_from({{"measuring_prefix", ""}}).value(), metadata);
  EXPECT_EQ(metadata.measured(kEnclosure), kEnclosure);
}

TEST(Metadata, OfAnEpisodeComesBackToTheMillisecond) {
  EpisodeMetadata metadata{.persons = {{.name = "Ada"}},
                           .license = License{"my-own", "https://example.org/license"},
                           .soundbites = {{.start = 33'833ms, .duration = 60s, .title = "Bells"}, {.duration = 1ms}},
                           .number_display = "Ch. 3",
                           .blocked = true};
  EpisodeMetadata again;
  apply(episode_metadata_from(document_of(metadata)).value(), again);
  EXPECT_EQ(again, metadata);
}

struct Case {
  std::string_view text, field;
};

TEST(Metadata, NamesTheEntryThatIsWrong) {
  for (const auto& [text, field] : {
           Case{R"({"persons":{}})", "persons"},
           Case{R"({"persons":[{"name":"A"},7]})", "persons[1]"},
           Case{R"({"persons":[{"name":" "}]})", "persons[0].name"},
           Case{R"({"persons":[{"name":"A","href":"ftp://x"}]})", "persons[0].href"},
           Case{R"({"persons":[{"name":"A","rolle":"host"}]})", "persons[0].rolle"},
           Case{R"({"locations":[{"name":"W","geo":"48,16"}]})", "locations[0].geo"},
           Case{R"({"locations":[{"name":"W","geo":"geo:91,0"}]})", "locations[0].geo"},
           Case{R"({"locations":[{"name":"W","geo":"geo:1,2;<"}]})", "locations[0].geo"},
           Case{R"({"locations":[{"name":"W","geo":"geo:nan,2"}]})", "locations[0].geo"},
           Case{R"({"locations":[{"name":"W","osm":"X1"}]})", "locations[0].osm"},
           Case{R"({"locations":[{"name":"W","rel":"other"}]})", "locations[0].rel"},
           Case{R"({"locations":[{"name":"W","country":"at"}]})", "locations[0].country"},
           Case{R"({"license":{"name":"mine"}})", "license.url"},
           Case{R"({"license":"mine"})", "license"},
           Case{R"({"blocked":"yes"})", "blocked"},
       }) {
    const auto of_show = show_metadata_from(object(text));
    const auto of_episode = episode_metadata_from(object(text));
    ASSERT_FALSE(of_show || of_episode) << text;
    EXPECT_EQ(of_show.error().field, field) << text;
    EXPECT_EQ(of_episode.error().field, field) << text;
  }
  for (const auto& [text, field] :
       {Case{R"({"funding":[{"text":"x"}]})", "funding[0].url"}, Case{R"({"listen_links":[{"name":"Spotify"}]})", "listen_links[0].url"},
        Case{R"({"listen_links":[{"url":"https://example.org"},{"url":"http://example.org/x"}]})", "listen_links[1].url"},
        Case{R"({"listen_links":[{"url":"javascript:alert"}]})", "listen_links[0].url"},
        Case{R"({"seasons":[{"number":0,"name":"x"}]})", "seasons[0].number"},
        Case{R"({"seasons":[{"number":1,"name":"x"},{"number":1,"name":"y"}]})", "seasons"}, Case{R"({"complete":1})", "complete"},
        Case{R"({"measuring_prefix":"http://op3.dev/e/"})", "measuring_prefix"},
        Case{R"({"measuring_prefix":"https://op3.dev/e"})", "measuring_prefix"},
        Case{R"({"measuring_prefix":"https://op3.dev/e/?u=/"})", "measuring_prefix"},
        Case{R"({"measuring_prefix":"https:///"})", "measuring_prefix"}, Case{R"({"measuring_prefix":"op3.dev/e/"})", "measuring_prefix"}})
    EXPECT_EQ(show_metadata_from(object(text)).error().field, field) << text;
  for (const auto& [text, field] : {Case{R"({"soundbites":[{"start_seconds":1}]})", "soundbites[0].duration_seconds"},
                                    Case{R"({"soundbites":[{"start_seconds":1,"duration_seconds":0}]})", "soundbites[0].duration_seconds"},
                                    Case{R"({"number_display":7})", "number_display"}})
    EXPECT_EQ(episode_metadata_from(object(text)).error().field, field) << text;
}

TEST(Metadata, HasCleanLines) {
  const auto edit = show_metadata_from(
      object(R"({"persons":[{"name":" A\u0000\r\nB\u200B\u202E ","role":"ho\u0007st"}],"seasons":[{"number":1,"name":"a\tb"}],
      "txt":[{"value":"x\ny","purpose":"verify"}]})"));
  ASSERT_TRUE(edit);
  EXPECT_EQ(edit->persons->at(0), (Person{.name = "A B", .role = "host"}));
  EXPECT_EQ(edit->seasons->at(0).name, "a b");
  EXPECT_EQ(edit->txt->at(0), (TextRecord{"x y", "verify"}));
  EXPECT_EQ(episode_metadata_from(object(R"({"persons":[{"name":"\u200B"}]})")).error().field, "persons[0].name") << "nothing to be seen";
}

TEST(Metadata, HasTextRecords) {
  const auto document = object(R"({"txt":[{"value":"naj3eEZaWVVY9a38uhX8FekACyhtqP4JN","purpose":"verify"},{"value":"x"}]})");
  ShowMetadata show;
  apply(show_metadata_from(document).value(), show);
  EXPECT_EQ(document_of(show).at("txt").as_array().size(), 2U);
  EpisodeMetadata episode;
  apply(episode_metadata_from(document_of(show)).value(), episode);
  EXPECT_EQ(episode.txt, show.txt);
  for (const auto& [text, field] : {Case{R"({"txt":[{"purpose":"verify"}]})", "txt[0].value"}, Case{R"({"txt":{}})", "txt"},
                                    Case{R"({"txt":[{"value":"x","for":"y"}]})", "txt[0].for"}})
    EXPECT_EQ(show_metadata_from(object(text)).error().field, field) << text;
  EXPECT_EQ(show_metadata_from(object(R"({"txt":[{"value":")" + std::string(kLongestTextRecord + 1, 'x') + R"("}]})")).error().field,
            "txt[0].value");
}

TEST(Metadata, HasLimits) {
  std::string many = R"({"persons":[)";
  for (std::size_t i = 0; i <= kMaxPersons; ++i) many += std::string(i == 0 ? "" : ",") + R"({"name":"A"})";
  EXPECT_EQ(show_metadata_from(object(many + "]}")).error().field, "persons");
  EXPECT_EQ(show_metadata_from(object(R"({"persons":[{"name":")" + std::string(kLongestName + 1, 'x') + R"("}]})")).error().field,
            "persons[0].name");
}

TEST(ListenLinks, AreCalledAsPeopleKnowThem) {
  for (const auto& [url, name] : {std::pair{"https://open.spotify.com/show/1", "Spotify"},
                                  {"https://podcasts.apple.com/de/podcast/x/id1", "Apple Podcasts"},
                                  {"https://www.youtube.com/@demo", "YouTube"},
                                  {"https://music.youtube.com/playlist?list=1", "YouTube Music"},
                                  {"https://WWW.Example.org:8443/x", "example.org"},
                                  {"https://notspotify.com/", "notspotify.com"},
                                  {"https://spotify.com@evil.example/", "evil.example"}})
    EXPECT_EQ(listen_name_of(url), name) << url;
}

}  // namespace
}  // namespace carillon::podcast
