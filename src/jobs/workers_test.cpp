#include "jobs/workers.hpp"

#include "base/result.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <latch>
#include <memory>
#include <stdexcept>
#include <thread>

namespace carillon::jobs {
namespace {

/// Awaits `what` on a loop of its own.
void on_a_loop(asio::awaitable<void> what) {
  asio::io_context loop;
  auto done = asio::co_spawn(loop, std::move(what), asio::use_future);
  loop.run();
  done.get();
}

TEST(Workers, BlockElsewhereAndResumeWhereTheyWereAsked) {
  Workers workers{"disk", 2};
  on_a_loop([&]() -> asio::awaitable<void> {
    const auto here = std::this_thread::get_id();
    const auto there = co_await workers.run([] { return std::this_thread::get_id(); });
    EXPECT_NE(there, here);
    EXPECT_EQ(std::this_thread::get_id(), here);
    // Neither copied nor made by default.
    const auto owned = co_await workers.run([]() -> Result<std::unique_ptr<int>> { return std::make_unique<int>(7); });
    EXPECT_EQ(**owned, 7);
  }());
}

TEST(Workers, ThrowWhatTheWorkThrows) {
  Workers workers{"disk", 1};
  on_a_loop([&]() -> asio::awaitable<void> {
    bool thrown = false;
    try {
      (void)co_await workers.run([]() -> int { throw std::runtime_error{"broken"}; });
    } catch (const std::runtime_error&) { thrown = true; }
    EXPECT_TRUE(thrown);
    EXPECT_EQ(co_await workers.run([] { return 1; }), 1);
  }());
}

TEST(Workers, BeginThreadsOnlyForWorkThatWouldWait) {
  Workers workers{"disk", 3};
  EXPECT_EQ(workers.threads(), 0U);
  {
    std::latch all{3};
    std::latch ended{5};
    for (int number = 0; number < 3; ++number) {
      workers.post([&] {
        all.arrive_and_wait();  // each needs the two others
        ended.count_down();
      });
    }
    for (int number = 0; number < 2; ++number) workers.post([&] { ended.count_down(); });
    ended.wait();
  }
  EXPECT_EQ(workers.threads(), 3U);
}

TEST(Workers, DropWhatHasNotBegunWhenTheyAreStopped) {
  int done = 0;
  {
    std::latch begun{1}, stopped{1};  // until the workers have ended
    Workers workers{"lookups", 1};
    workers.post([&] {
      begun.count_down();
      stopped.wait();
      ++done;
    });
    workers.post([&] { done += 10; });
    begun.wait();
    workers.stop();
    workers.post([&] { done += 100; });
    stopped.count_down();
  }
  EXPECT_EQ(done, 1);
}

TEST(Workers, FinishWhatWasHandedIn) {
  std::atomic<int> done = 0;
  {
    Workers workers{"disk", 2};
    for (int number = 0; number < 100; ++number) workers.post([&] { ++done; });
  }
  EXPECT_EQ(done, 100);
}

}  // namespace
}  // namespace carillon::jobs
