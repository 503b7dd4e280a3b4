// The platform and shows' own domains: which paths and origins are whose.

#include "site/core/place.hpp"

#include "site/core/answers.hpp"

#include <gtest/gtest.h>

namespace carillon::site {
namespace {

TEST(AShowsOwnDomain, HasTheShowInPlaceOfTheStartPage) {
  EXPECT_EQ(path_on_platform("/", "demo"), "/shows/demo");
  EXPECT_EQ(path_on_platform("/feed.xml", "demo"), "/feeds/demo");
  EXPECT_EQ(path_on_platform("/a-talk", "demo"), "/shows/demo/a-talk");
  EXPECT_EQ(path_on_platform("/status", "demo"), "/shows/demo/status") << "an episode may have any slug";
}

TEST(AShowsOwnDomain, LeavesTheRestWhereItIs) {
  for (const auto* path : {"/styles/site-1.css", "/e/1/a.mp3", "/pictures/1.png", "/healthz", "/readyz", "/episodes/1/chapters.json",
                           "/robots.txt", "/Not-A-Slug", "/shows/other", "/a-talk/"})
    EXPECT_EQ(path_on_platform(path, "demo"), path);
}

TEST(AShowsOwnDomain, HasOneAddressForEachPage) {
  EXPECT_EQ(path_on_domain("/shows/demo", "demo"), "/");
  EXPECT_EQ(path_on_domain("/shows/demo/a-talk", "demo"), "/a-talk");
  EXPECT_EQ(path_on_domain("/feeds/demo", "demo"), "/feed.xml");
  for (const auto* path :
       {"/", "/a-talk", "/shows/demo2", "/shows/other", "/feeds/other", "/shows/demo/", "/shows/demo/a/b", "/shows/demo//evil.example"})
    EXPECT_FALSE(path_on_domain(path, "demo")) << path;
}

class ThePlaces : public ::testing::Test {
 protected:
  static Places at(const char* origin) {
    return Places{podcast::Addresses{origin}, {"https://old.example.org:8443"}, [](const std::string& host) {
                    return host == "podcast.example.net" ? std::optional<std::string>{"demo"} : std::nullopt;
                  }};
  }
};

TEST_F(ThePlaces, AreFoundByTheirOrigins) {
  const auto places = at("https://pod.example.org");
  for (const auto* ours :
       {"https://pod.example.org", "https://pod.example.org:443", "HTTPS://Pod.Example.org", "https://old.example.org:8443"}) {
    const auto found = places.at_origin(ours);
    ASSERT_TRUE(found) << ours;
    EXPECT_FALSE(found->is_domain()) << ours;
  }
  const auto domain = places.at_origin("https://podcast.example.NET:443");
  ASSERT_TRUE(domain);
  EXPECT_EQ(domain->show, "demo");
  EXPECT_TRUE(domain->has("demo"));
  EXPECT_FALSE(domain->has("other"));
  EXPECT_EQ(domain->addresses.origin(), "https://podcast.example.net");
  for (const auto* other :
       {"http://pod.example.org", "https://example.net", "https://podcast.example.net:8443", "https://old.example.org", "", "https://"})
    EXPECT_FALSE(places.at_origin(other)) << other;
  EXPECT_TRUE(at("https://pod.example.org:8443").at_origin("https://podcast.example.net:8443"));
  EXPECT_FALSE(at("https://pod.example.org:8443").at_origin("https://podcast.example.net"));
}

TEST_F(ThePlaces, NameAShowsPagesByItsDomainAndItsAudioByThePlatform) {
  podcast::Show show;
  show.slug = "demo";
  podcast::Episode episode;
  episode.id = "1";
  episode.slug = "talk";
  episode.file_name = "talk.mp3";
  const auto addresses = at("https://pod.example.org:8443").domain("podcast.example.net").value().addresses;
  EXPECT_EQ(addresses.page(show), "https://podcast.example.net:8443/");
  EXPECT_EQ(addresses.page(show, episode), "https://podcast.example.net:8443/talk");
  EXPECT_EQ(addresses.feed(show), "https://podcast.example.net:8443/feed.xml");
  EXPECT_EQ(addresses.chapters(episode), "https://podcast.example.net:8443/episodes/1/chapters.json");
  EXPECT_EQ(addresses.enclosure(episode), "https://pod.example.org:8443/e/1/talk.mp3");
}

TEST(ATidyPath, HasNoCapitalsNoSlashAtTheEndAndNoXml) {
  for (const auto& [path, tidy] : {std::pair{"/shows/demo/", "/shows/demo"},
                                   {"/Shows/Demo/A-Talk", "/shows/demo/a-talk"},
                                   {"//shows///demo//", "/shows/demo"},
                                   {"/feeds/Demo.XML", "/feeds/demo"},
                                   {"/feeds/demo.rss/", "/feeds/demo"},
                                   {"/FEED.xml", "/feed.xml"},
                                   {"/A-Talk/", "/a-talk"},
                                   {"/Studio", "/studio/"},
                                   {"/E/01JA/File.MP3", "/e/01ja/File.MP3"},
                                   {"/episodes/01JA/transcript.de-AT.vtt", "/episodes/01ja/transcript.de-AT.vtt"},
                                   {"//", "/"}})
    EXPECT_EQ(tidied(path), tidy) << path;
}

TEST(ATidyPath, StaysAsItIs) {
  for (const auto* path : {"/", "/shows/demo", "/shows/demo/a-talk", "/feeds/demo", "/feeds/.xml", "/feeds/..", "/shows/NOT A SLUG",
                           "/e/1/File.MP3", "/feed.xml", "/styles/site-1.css", "/scripts/X", "/studio/", "/\xC3\x84"})
    EXPECT_EQ(tidied(path), std::nullopt) << path;
}

}  // namespace
}  // namespace carillon::site
