// The player on other people's pages: its weight, its description, and what may be asked for.

#include "site/pages/embedding.hpp"

#include "site/pages/assets.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <boost/json/parse.hpp>

namespace carillon::site {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const podcast::Addresses kAddresses{"https://pod.example.org"};
const Places kPlaces{kAddresses, {"https://old.example.org:8443"}, [](const std::string& host) {
                       return host == "podcast.example.net" ? std::optional<std::string>{"demo"} : std::nullopt;
                     }};
constexpr std::string_view kId = "01jaaaaaaaaaaaaaaaaaaaaaaa";

struct World {
  podcast::Show show;
  podcast::Episode episode;
  World() {
    show.slug = "demo";
    show.title = "The \"Demo\" & more";
    show.language = "en";
    show.cover = podcast::Picture{.digest = {}, .length = {}, .side = 1400, .media_type = "image/png"};
    episode.id = kId;
    episode.slug = "talk";
    episode.file_name = "talk.mp3";
    episode.title = "A <talk>";
    episode.master = podcast::Master{.frames = {}, .frames_length = {}, .duration = std::chrono::minutes{61}};
    episode.published = Time{};
  }
  [[nodiscard]] boost::json::object described(const PlayerLimits& limits) const {
    return boost::json::parse(oembed_document(kAddresses, show, episode, limits)).as_object();
  }
};

podcast::EpisodeReading chapters(int count) {
  podcast::EpisodeReading reading;
  for (int i = 0; i < count; ++i)
    reading.chapters.push_back(
        {.start = std::chrono::minutes{i}, .title = "Chapter number " + std::to_string(i) + " with a title of its own"});
  return reading;
}

TEST(EmbeddingTest, ThePlayerIsLight) {
  constexpr std::size_t kMax = 20 * 1000;
  const World world;
  const auto page = embed_page(kAddresses, world.show, world.episode, chapters(20));
  EXPECT_LE(page.size() + embed_style().text->size() + player_script().text->size(), kMax);
  EXPECT_THAT(page, HasSubstr(embed_style().path));
  EXPECT_THAT(page, HasSubstr("<script src=\"" + player_script().path + "\" defer></script>"));
}

TEST(EmbeddingTest, ThePlayerWorksWithoutItsScriptAndLoadsNothingFromElsewhere) {
  const World world;
  const auto page = embed_page(kAddresses, world.show, world.episode, chapters(2));
  EXPECT_THAT(page, HasSubstr("<audio controls preload=\"none\" src=\"/e/" + std::string{kId} + "/talk.mp3?player=embed\""));
  EXPECT_THAT(page, HasSubstr("<a href=\"/e/" + std::string{kId} + "/talk.mp3?player=embed#t=60\"><b>1:00</b> Chapter number 1"));
  EXPECT_THAT(page, HasSubstr("data-seconds=\"3660.0\""));
  EXPECT_THAT(page, HasSubstr("A &lt;talk&gt;"));
  EXPECT_THAT(page, Not(HasSubstr("src=\"http")));
  EXPECT_THAT(page, Not(HasSubstr(" style=\"")));
  EXPECT_THAT(page, Not(HasSubstr("All chapters")));
  EXPECT_THAT(*player_script().text, Not(HasSubstr("http")));
  EXPECT_THAT(*embed_style().text, Not(HasSubstr("url(")));
}

TEST(EmbeddingTest, ManyChaptersAreOnTheEpisodesPage) {
  const World world;
  const auto page = embed_page(kAddresses, world.show, world.episode, chapters(kMaxEmbeddedChapters + 1));
  EXPECT_THAT(page, HasSubstr("#chapters\" target=\"_blank\" rel=\"noopener\">All chapters</a>"));
  EXPECT_THAT(page, Not(HasSubstr("Chapter number 40 ")));
}

TEST(EmbeddingTest, ItIsNeverLargerThanAsked) {
  EXPECT_EQ(player_size({}).width, 600);
  EXPECT_EQ(player_size({.width = 5000, .height = 5000}).width, 600);
  EXPECT_EQ(player_size({.width = 300, .height = {}}).width, 300);
  EXPECT_EQ(player_size({.width = 300, .height = {}}).height, player_size({}).height) << "a page may show the wide one on a phone, too";
  EXPECT_EQ(player_size({.width = 1, .height = 1}).width, 1);
  EXPECT_EQ(player_size({.width = 1, .height = 1}).height, 1);
}

TEST(EmbeddingTest, TheDescription) {
  const World world;
  const auto document = world.described({});
  EXPECT_EQ(document.at("version"), "1.0");
  EXPECT_EQ(document.at("type"), "rich");
  EXPECT_EQ(document.at("title"), "A <talk>");
  EXPECT_EQ(document.at("author_name").as_string(), world.show.title);
  EXPECT_EQ(document.at("thumbnail_width"), 1400);
  EXPECT_EQ(document.at("html").as_string(),
            "<iframe src=\"https://pod.example.org/embed/01jaaaaaaaaaaaaaaaaaaaaaaa\" title=\"A &lt;talk&gt; – The &quot;Demo&quot; "
            "&amp; more\" width=\"600\" height=\"" +
                std::to_string(player_size({}).height) +
                "\" style=\"border:0;border-radius:10px;max-width:100%\" loading=\"lazy\" allow=\"clipboard-write\"></iframe>");
  const auto narrow = world.described({.width = 300, .height = {}});
  EXPECT_EQ(narrow.at("width"), 300);
  EXPECT_FALSE(narrow.contains("thumbnail_url")) << "the cover is larger than what was asked for";
}

TEST(EmbeddingTest, AnEpisodeShowsItsOwnCoverWhereItHasOne) {
  World world;
  world.episode.cover =
      podcast::Picture{.digest = Digest::from_hex(std::string(64, 'e')).value(), .length = {}, .side = 1500, .media_type = "image/jpeg"};
  const auto address = kAddresses.picture(*world.episode.cover);
  const auto path = address.substr(kAddresses.origin().size());
  const auto page = embed_page(kAddresses, world.show, world.episode, {});
  EXPECT_THAT(page, HasSubstr("<img class=\"cover\" src=\"" + path + "\""));
  EXPECT_THAT(page, HasSubstr("data-picture=\"" + path + "\""));
  EXPECT_THAT(page, Not(HasSubstr(kAddresses.picture(*world.show.cover))));
  EXPECT_EQ(world.described({}).at("thumbnail_url").as_string(), address);
  EXPECT_EQ(world.described({}).at("thumbnail_width"), 1500);
}

TEST(EmbeddingTest, TheThumbnailFitsWhatWasAskedFor) {
  World world;
  world.show.cover->sized = true;
  const auto side = [&](std::optional<int> width, std::optional<int> height) {
    const auto document = world.described({.width = width, .height = height});
    if (!document.contains("thumbnail_url")) return 0L;
    const auto thumbnail = document.at("thumbnail_width").as_int64();
    EXPECT_EQ(document.at("thumbnail_height").as_int64(), thumbnail);
    EXPECT_EQ(document.at("thumbnail_url").as_string(),
              kAddresses.picture(*world.show.cover, static_cast<int>(thumbnail), podcast::PictureType::jpeg));
    return thumbnail;
  };
  EXPECT_EQ(side({}, {}), 600);
  EXPECT_EQ(side(5000, 5000), 600);
  EXPECT_EQ(side(600, 599), 300);
  EXPECT_EQ(side(480, 270), 150);
  EXPECT_EQ(side(150, {}), 150);
  EXPECT_EQ(side(149, {}), 0);
}

TEST(EmbeddingTest, WhatMayBeEmbedded) {
  for (const auto* url :
       {"https://pod.example.org/shows/demo/talk", "https://pod.example.org/shows/demo/talk/", "HTTPS://POD.Example.org/shows/demo/talk",
        "https://pod.example.org:443/shows/demo/talk?utm=x#t=5", "https://old.example.org:8443/shows/demo/talk"}) {
    const auto found = embeddable_in(url, kPlaces);
    ASSERT_TRUE(found) << url;
    EXPECT_EQ(found->show, "demo") << url;
    EXPECT_EQ(found->slug, "talk") << url;
    EXPECT_EQ(found->id, "") << url;
  }
  const auto player = embeddable_in("https://pod.example.org/embed/" + std::string{kId}, kPlaces);
  ASSERT_TRUE(player);
  EXPECT_EQ(player->id, kId);
}

TEST(EmbeddingTest, ShowsMayBeEmbeddedByTheirPageAndTheirPlayer) {
  for (const auto* url : {"https://pod.example.org/shows/demo", "https://pod.example.org/embed/shows/demo/"}) {
    const auto found = embeddable_in(url, kPlaces);
    ASSERT_TRUE(found) << url;
    EXPECT_EQ(found->show + found->slug + found->id, "demo") << url;
  }
  podcast::ShowSnapshot snapshot;
  snapshot.show = World{}.show;
  EXPECT_EQ(boost::json::parse(oembed_document(kAddresses, snapshot, {})).at("type"), "link") << "there is nothing to play yet";
  auto published = std::make_shared<podcast::PublishedEpisode>();
  published->episode = World{}.episode;
  snapshot.episodes.push_back(published);
  const auto document = boost::json::parse(oembed_document(kAddresses, snapshot, {})).as_object();
  EXPECT_EQ(document.at("type"), "rich");
  EXPECT_EQ(document.at("title").as_string(), snapshot.show.title);
  EXPECT_THAT(std::string{document.at("html").as_string()}, HasSubstr("src=\"https://pod.example.org/embed/shows/demo\""));
}

TEST(EmbeddingTest, AddressesOfAShowsOwnDomainNameTheShow) {
  const auto show = embeddable_in("https://Podcast.Example.NET/", kPlaces),
             episode = embeddable_in("https://podcast.example.net/talk/", kPlaces);
  ASSERT_TRUE(show && episode);
  EXPECT_EQ(show->show + " " + show->slug, "demo ");
  EXPECT_EQ(episode->show + " " + episode->slug, "demo talk");
  EXPECT_EQ(episode->place.addresses.origin(), "https://podcast.example.net");
}

TEST(EmbeddingTest, WhatMayNot) {
  for (const std::string& url :
       {std::string{}, std::string{"x"}, std::string{"/shows/demo/talk"}, std::string{"https://pod.example.org"},
        std::string{"https://pod.example.org/"}, std::string{"https://pod.example.org/shows"},
        std::string{"https://podcast.example.net:8443/talk"}, std::string{"https://podcast.example.net/a/b"},
        std::string{"https://pod.example.org/shows/demo/talk/x"}, std::string{"https://pod.example.org/shows/../talk"},
        std::string{"https://pod.example.org/shows/De mo/talk"}, std::string{"https://pod.example.org.evil.example/shows/demo/talk"},
        std::string{"https://evil.example/shows/demo/talk"}, std::string{"https://pod.example.org@evil.example/shows/demo/talk"},
        std::string{"https://evil.example?https://pod.example.org/shows/demo/talk"},
        std::string{"javascript://pod.example.org/shows/demo/talk"}, std::string{"https://old.example.org/shows/demo/talk"},
        std::string{"https://pod.example.org/embed/x"}, "https://pod.example.org/shows/demo/talk?" + std::string(kLongestEmbeddedUrl, 'x')})
    EXPECT_FALSE(embeddable_in(url, kPlaces)) << url;
}

}  // namespace
}  // namespace carillon::site
