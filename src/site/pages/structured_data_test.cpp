// What search engines read: its shape, and that nothing a publisher wrote ends the element it stands in.

#include "site/pages/structured_data.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <boost/json/parse.hpp>

namespace carillon::site {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const podcast::Addresses kAddresses{"https://pod.example.org"};

podcast::PublishedEpisode episode() {
  podcast::PublishedEpisode published;
  auto& it = published.episode;
  it.id = "01jaaaaaaaaaaaaaaaaaaaaaaa";
  it.slug = "talk";
  it.file_name = "talk.mp3";
  it.title = "A talk";
  it.published = parse_rfc3339("2026-11-24T10:45:00.5Z").value();
  it.master = podcast::Master{.frames = {}, .frames_length = ByteCount{1000}, .duration = std::chrono::seconds{3723}};
  it.frozen = podcast::Frozen{};
  it.season = 2;
  it.number = 5;
  published.notes_html = "<p>What we <em>say</em></p>";
  return published;
}

podcast::ShowSnapshot show() {
  podcast::ShowSnapshot snapshot;
  snapshot.show.slug = "demo";
  snapshot.show.title = "The Demo";
  snapshot.show.author = "Ada";
  snapshot.show.language = "de";
  snapshot.description_html = "<p>About &amp; bells</p>";
  return snapshot;
}

TEST(StructuredDataTest, ASeries) {
  const auto document = boost::json::parse(series_data(kAddresses, show())).as_object();
  EXPECT_EQ(document.at("@context"), "https://schema.org");
  EXPECT_EQ(document.at("@type"), "PodcastSeries");
  EXPECT_EQ(document.at("name"), "The Demo");
  EXPECT_EQ(document.at("description"), "About & bells");
  EXPECT_EQ(document.at("webFeed"), "https://pod.example.org/feeds/demo");
  EXPECT_EQ(document.at("author").at("name"), "Ada");
}

TEST(StructuredDataTest, AnEpisode) {
  const auto document = boost::json::parse(episode_data(kAddresses, show(), episode())).as_object();
  EXPECT_EQ(document.at("@type"), "PodcastEpisode");
  EXPECT_EQ(document.at("datePublished"), "2026-11-24T10:45:00Z");
  EXPECT_EQ(document.at("duration"), "PT1H2M3S");
  EXPECT_EQ(document.at("episodeNumber"), 5);
  EXPECT_EQ(document.at("partOfSeason").at("seasonNumber"), 2);
  EXPECT_EQ(document.at("partOfSeries").at("url"), "https://pod.example.org/shows/demo");
  EXPECT_EQ(document.at("associatedMedia").at("contentUrl"), "https://pod.example.org/e/01jaaaaaaaaaaaaaaaaaaaaaaa/talk.mp3");
  EXPECT_EQ(document.at("associatedMedia").at("contentSize"), "1000");
}

TEST(StructuredDataTest, AnEpisodeHasItsOwnCoverOrItsShows) {
  auto snapshot = show();
  auto published = episode();
  const auto image = [&] { return boost::json::parse(episode_data(kAddresses, snapshot, published)).at("image").as_string(); };
  snapshot.show.cover = podcast::Picture{.digest = {}, .length = {}, .side = 1400, .media_type = "image/png"};
  EXPECT_EQ(image(), kAddresses.picture(*snapshot.show.cover));
  published.episode.cover = podcast::Picture{.digest = {}, .length = {}, .side = 1500, .media_type = "image/jpeg"};
  EXPECT_EQ(image(), kAddresses.picture(*published.episode.cover));
}

TEST(StructuredDataTest, NothingEndsTheScriptElement) {
  const std::string hostile = "</script><!--<script>alert('\"\\')</script>";
  auto snapshot = show();
  auto published = episode();
  snapshot.show.title = snapshot.show.author = snapshot.show.copyright = snapshot.show.language = published.episode.title = hostile;
  snapshot.show.metadata.persons = {{.name = hostile}};
  for (const auto& text : {series_data(kAddresses, snapshot), episode_data(kAddresses, snapshot, published)}) {
    EXPECT_THAT(text, Not(HasSubstr("<")));
    EXPECT_THAT(text, Not(HasSubstr(">")));
    EXPECT_EQ(boost::json::parse(text).at("actor").at(0).at("name").as_string(), hostile) << "and it is still what was written";
  }
}

}  // namespace
}  // namespace carillon::site
