#include "site/domains/own_domain.hpp"

#include <gtest/gtest.h>

namespace carillon::site {
namespace {

TEST(AShowsOwnDomain, HasTheShowInPlaceOfTheStartPage) {
  EXPECT_EQ(path_at_origin("/", "demo"), "/shows/demo");
  EXPECT_EQ(path_at_origin("/feed.xml", "demo"), "/feeds/demo");
  EXPECT_EQ(path_at_origin("/a-talk", "demo"), "/shows/demo/a-talk");
  EXPECT_EQ(path_at_origin("/status", "demo"), "/shows/demo/status") << "an episode may have any slug";
}

TEST(AShowsOwnDomain, LeavesTheRestWhereItIs) {
  for (const auto* path : {"/styles/site-1.css", "/e/1/a.mp3", "/pictures/1.png", "/healthz", "/readyz", "/episodes/1/chapters.json",
                           "/robots.txt", "/Not-A-Slug", "/shows/other", "/a-talk/"})
    EXPECT_EQ(path_at_origin(path, "demo"), path);
}

TEST(TheTableOfDomains, IsReplacedAsAWhole) {
  podcast::DomainTable table;
  EXPECT_FALSE(table.show_of("podcast.example.org"));
  table.replace({{"podcast.example.org", "demo"}});
  EXPECT_EQ(table.show_of("podcast.example.org"), "demo");
  EXPECT_FALSE(table.show_of("example.org"));
  table.replace({});
  EXPECT_FALSE(table.show_of("podcast.example.org"));
}

}  // namespace
}  // namespace carillon::site
