#include "podcast/model/guid.hpp"

#include <gtest/gtest.h>

namespace carillon::podcast {
namespace {

// The example of the Podcasting 2.0 namespace.
constexpr const char* kPodnews = "9b024349-ccf0-5f69-a609-6b82873eab3c";

TEST(PodcastGuid, IsTheNamespacesExample) { EXPECT_EQ(podcast_guid("podnews.net/rss"), kPodnews); }

TEST(PodcastGuid, SchemeAndSlashesAtTheEndDoNotCount) {
  for (const auto* address : {"https://podnews.net/rss", "http://podnews.net/rss/", "https://podnews.net/rss//"})
    EXPECT_EQ(podcast_guid(address), kPodnews) << address;
  EXPECT_NE(podcast_guid("https://podnews.net/rss2"), kPodnews);
}

}  // namespace
}  // namespace carillon::podcast
