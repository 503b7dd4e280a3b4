// Kept pages: served as long as they are of the snapshot that is asked about, and never more than fit.

#include "site/page_cache.hpp"

#include <gtest/gtest.h>

namespace carillon::site {
namespace {

std::shared_ptr<const podcast::ShowSnapshot> snapshot() { return std::make_shared<const podcast::ShowSnapshot>(); }

TEST(PageCacheTest, APageIsKeptUntilItsShowChanges) {
  PageCache cache{ByteCount{10'000}};
  const auto before = snapshot(), after = snapshot();
  EXPECT_FALSE(cache.find("a", before));
  const auto page = cache.keep("a", before, "text");
  EXPECT_EQ(cache.find("a", before), page);
  EXPECT_EQ(whole(page->plain).value(), "text");
  EXPECT_FALSE(cache.find("a", after));
  EXPECT_FALSE(cache.find("a", before)) << "what was replaced is dropped";
}

TEST(PageCacheTest, ASnapshotIsNotKeptByItsPages) {
  PageCache cache{ByteCount{10'000}};
  auto show = snapshot();
  const std::weak_ptr<const podcast::ShowSnapshot> watched = show;
  cache.keep("a", show, "text");
  show.reset();
  EXPECT_TRUE(watched.expired());
  EXPECT_FALSE(cache.find("a", snapshot()));
}

TEST(PageCacheTest, TheLeastUsedGoes) {
  PageCache cache{ByteCount{2'200}};
  const auto show = snapshot();
  cache.keep("a", show, std::string(1'000, 'a'));
  cache.keep("b", show, std::string(1'000, 'b'));
  EXPECT_TRUE(cache.find("a", show));
  cache.keep("c", show, std::string(1'000, 'c'));
  EXPECT_TRUE(cache.find("a", show));
  EXPECT_FALSE(cache.find("b", show));
  EXPECT_TRUE(cache.find("c", show));
  cache.keep("d", show, std::string(100'000, 'd'));
  EXPECT_TRUE(cache.find("d", show)) << "one that is larger than all of it stays alone";
  EXPECT_FALSE(cache.find("a", show));
}

}  // namespace
}  // namespace carillon::site
