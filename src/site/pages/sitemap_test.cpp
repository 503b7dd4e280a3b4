// robots.txt and sitemaps: what they name, and that they stay within their limits.

#include "site/pages/sitemap.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace carillon::site {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const podcast::Addresses kAddresses{"https://pod.example.org"};

std::size_t count_of(std::string_view text, std::string_view part) {
  std::size_t count = 0;
  for (auto at = text.find(part); at != std::string_view::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

TEST(SitemapTest, RobotsAreToldOfTheSiteMap) {
  const auto text = robots_text(kAddresses);
  EXPECT_THAT(text, HasSubstr("User-agent: *\n"));
  EXPECT_THAT(text, HasSubstr("\nSitemap: https://pod.example.org/sitemap.xml\n"));
  EXPECT_THAT(text, Not(HasSubstr("Disallow: /\n")));
}

TEST(SitemapTest, TheIndexNamesAMapPerShow) {
  const std::vector<podcast::ListedShow> shows{
      {.slug = "demo", .network = "main", .changed = parse_rfc3339("2026-11-24T10:45:00.5Z").value()}};
  EXPECT_EQ(
      sitemap_index(kAddresses, shows),
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<sitemapindex xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n"
      "<sitemap><loc>https://pod.example.org/sitemaps/demo.xml</loc><lastmod>2026-11-24T10:45:00Z</lastmod></sitemap>\n</sitemapindex>\n");
}

TEST(SitemapTest, NeitherIsLargerThanAllowed) {
  const std::vector<podcast::ListedShow> shows(kMaxInSitemap + 1, {.slug = "demo", .network = {}, .changed = {}});
  EXPECT_EQ(count_of(sitemap_index(kAddresses, shows), "<loc>"), kMaxInSitemap);
  podcast::ShowSnapshot snapshot;
  snapshot.show.slug = "demo";
  auto episode = std::make_shared<podcast::PublishedEpisode>();
  episode->episode.slug = "talk";
  snapshot.episodes.assign(kMaxInSitemap + 1, episode);
  const auto map = sitemap_of(kAddresses, snapshot);
  EXPECT_EQ(count_of(map, "<loc>"), kMaxInSitemap);
  EXPECT_THAT(map, HasSubstr("<loc>https://pod.example.org/shows/demo</loc>"));
  EXPECT_THAT(map, HasSubstr("<loc>https://pod.example.org/shows/demo/talk</loc>"));
}

}  // namespace
}  // namespace carillon::site
