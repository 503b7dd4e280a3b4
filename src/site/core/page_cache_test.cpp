// Kept pages: served as long as they are of the snapshot that is asked about, and never more than fit.

#include "site/core/page_cache.hpp"

#include "net/asio.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace carillon::site {
namespace {

std::shared_ptr<const podcast::ShowSnapshot> snapshot() { return std::make_shared<const podcast::ShowSnapshot>(); }

TEST(PageCacheTest, APageIsKeptUntilItsShowChanges) {
  PageCache cache{ByteCount{10'000}};
  const auto before = snapshot(), after = snapshot();
  EXPECT_FALSE(cache.find("a", before));
  const auto page = cache.keep("a", before, kept_page("text"));
  EXPECT_EQ(cache.find("a", before), page);
  EXPECT_EQ(whole(page->plain).value(), "text");
  EXPECT_FALSE(cache.find("a", after));
  EXPECT_FALSE(cache.find("a", before)) << "what was replaced is dropped";
}

TEST(PageCacheTest, ASnapshotIsNotKeptByItsPages) {
  PageCache cache{ByteCount{10'000}};
  auto show = snapshot();
  const std::weak_ptr<const podcast::ShowSnapshot> watched = show;
  cache.keep("a", show, kept_page("text"));
  show.reset();
  EXPECT_TRUE(watched.expired());
  EXPECT_FALSE(cache.find("a", snapshot()));
}

TEST(PageCacheTest, TheLeastUsedGoes) {
  PageCache cache{ByteCount{2'200}};
  const auto show = snapshot();
  cache.keep("a", show, kept_page(std::string(1'000, 'a')));
  cache.keep("b", show, kept_page(std::string(1'000, 'b')));
  EXPECT_TRUE(cache.find("a", show));
  cache.keep("c", show, kept_page(std::string(1'000, 'c')));
  EXPECT_TRUE(cache.find("a", show));
  EXPECT_FALSE(cache.find("b", show));
  EXPECT_TRUE(cache.find("c", show));
  cache.keep("d", show, kept_page(std::string(100'000, 'd')));
  EXPECT_TRUE(cache.find("d", show)) << "one that is larger than all of it stays alone";
  EXPECT_FALSE(cache.find("a", show));
}

using Page = std::shared_ptr<const KeptPage>;

/// Ten ask for the same page while the first of them makes it; what each of them got, null for what was thrown.
std::vector<Page> asked_by_ten(PageCache& cache, const std::shared_ptr<const podcast::ShowSnapshot>& show, const PageCache::Make& make) {
  constexpr std::size_t kAskers = 10;
  asio::io_context loop;
  std::vector<Page> got(kAskers);
  for (auto& each : got)
    asio::co_spawn(loop, cache.page("a", show, make), [&each](const std::exception_ptr& error, Page page) {
      if (!error) each = std::move(page);
    });
  loop.run();
  return got;
}

TEST(PageCacheTest, ManyWhoAskAtOnceGetOnePage) {
  PageCache cache{ByteCount{10'000}};
  const auto show = snapshot();
  int made = 0;
  const auto make = [&]() -> asio::awaitable<KeptPage> {
    ++made;
    for (int i = 0; i < 100; ++i) co_await asio::post(asio::use_awaitable);  // all others come meanwhile
    co_return kept_page("text");
  };
  const auto got = asked_by_ten(cache, show, make);
  EXPECT_EQ(made, 1);
  ASSERT_TRUE(got.front());
  for (const auto& each : got) EXPECT_EQ(each, got.front()) << "they share its bytes";
  EXPECT_EQ(cache.find("a", show), got.front());
  asked_by_ten(cache, snapshot(), make);
  EXPECT_EQ(made, 2) << "another snapshot is another page";
}

TEST(PageCacheTest, APageThatCannotBeMadeIsTriedAgainByTheNext) {
  PageCache cache{ByteCount{10'000}};
  const auto show = snapshot();
  const auto fail = []() -> asio::awaitable<KeptPage> {
    co_await asio::post(asio::use_awaitable);
    throw std::runtime_error{"no disk"};
  };
  for (const auto& each : asked_by_ten(cache, show, fail)) EXPECT_FALSE(each);
  const auto make = []() -> asio::awaitable<KeptPage> { co_return kept_page("text"); };
  for (const auto& each : asked_by_ten(cache, show, make)) EXPECT_TRUE(each);
}

TEST(PageCacheTest, WhoeverMakesAPageAndIsEndedLeavesNobodyWaiting) {
  PageCache cache{ByteCount{10'000}};
  const auto show = snapshot();
  bool refused = false;
  asio::io_context loop;
  {
    asio::io_context ending;
    asio::co_spawn(ending,
                   cache.page("a", show,
                              []() -> asio::awaitable<KeptPage> {
                                asio::steady_timer never{co_await asio::this_coro::executor, asio::steady_timer::time_point::max()};
                                co_await never.async_wait(asio::use_awaitable);
                                co_return kept_page("text");
                              }),
                   asio::detached);
    ending.poll();
    asio::co_spawn(loop, cache.page("a", show, {}), [&](const std::exception_ptr& error, const Page&) { refused = error != nullptr; });
    loop.poll();
    EXPECT_FALSE(refused);
  }
  loop.run();
  EXPECT_TRUE(refused);
}

}  // namespace
}  // namespace carillon::site
