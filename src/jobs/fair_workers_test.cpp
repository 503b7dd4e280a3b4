#include "jobs/fair_workers.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <latch>
#include <semaphore>
#include <stdexcept>

namespace carillon::jobs {
namespace {

class FairWorkersTest : public ::testing::Test {
 protected:
  template <class Work>
  auto started(FairWorkers& workers, std::string key, Work work) {
    return asio::co_spawn(loop, workers.run(std::move(key), std::move(work)), asio::use_future);
  }

  asio::io_context loop;
  asio::executor_work_guard<asio::io_context::executor_type> alive{loop.get_executor()};
  std::jthread thread{[this] { loop.run(); }};
  ~FairWorkersTest() override { alive.reset(); }
};

TEST_F(FairWorkersTest, OneKeyNeverHasAllThreads) {
  FairWorkers workers{{.threads = 2, .running_per_key = 1, .waiting_per_key = 64}};
  std::binary_semaphore release{0};
  std::vector<std::future<Result<int>>> greedy;
  greedy.push_back(started(workers, "greedy", [&]() -> Result<int> {
    release.acquire();
    return 1;
  }));
  for (int i = 0; i < 20; ++i) greedy.push_back(started(workers, "greedy", []() -> Result<int> { return 2; }));
  // The greedy key's first piece of work does not end; another key's answers all the same.
  EXPECT_EQ(started(workers, "modest", []() -> Result<int> { return 3; }).get(), 3);
  release.release();
  for (auto& each : greedy) EXPECT_TRUE(each.get().has_value());
}

TEST_F(FairWorkersTest, KeysTakeTurns) {
  FairWorkers workers{{.threads = 1, .running_per_key = 1, .waiting_per_key = 64}};
  std::binary_semaphore release{0};
  std::latch begun{1};
  std::mutex mutex;
  std::string order;
  const auto noting = [&](char c) {
    return [&, c]() -> Result<int> {
      const std::lock_guard lock{mutex};
      order += c;
      return 0;
    };
  };
  auto first = started(workers, "a", [&]() -> Result<int> {
    begun.count_down();
    release.acquire();
    return 0;
  });
  begun.wait();
  std::vector<std::future<Result<int>>> rest;
  for (int i = 0; i < 3; ++i) rest.push_back(started(workers, "a", noting('a')));
  rest.push_back(started(workers, "b", noting('b')));
  // All of them wait before the thread is free again.
  asio::post(loop, asio::use_future).get();
  release.release();
  for (auto& each : rest) EXPECT_TRUE(each.get().has_value());
  EXPECT_EQ(order, "baaa") << "b came last, and a has had its turn";
}

TEST_F(FairWorkersTest, RefusesWhatWaitsTooLong) {
  std::atomic<bool> ran = false;
  std::binary_semaphore release{0};
  std::latch begun{1};
  FairWorkers workers{{.threads = 1, .running_per_key = 1, .waiting_per_key = 1}};
  auto running = started(workers, "a", [&]() -> Result<int> {
    begun.count_down();
    release.acquire();
    return 0;
  });
  begun.wait();
  auto late = asio::co_spawn(loop, workers.run_within(std::chrono::milliseconds{1}, "b", [&ran]() -> Result<int> { return ran = true, 0; }),
                             asio::use_future);
  const auto given_up = late.get();
  ASSERT_FALSE(given_up.has_value());
  EXPECT_EQ(given_up.error().kind, ErrorKind::unavailable);
  EXPECT_FALSE(ran);

  auto waiting = started(workers, "a", []() -> Result<int> { return 1; });
  asio::post(loop, asio::use_future).get();
  const auto refused = started(workers, "a", []() -> Result<int> { return 2; }).get();
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().kind, ErrorKind::unavailable);
  release.release();
  EXPECT_EQ(waiting.get(), 1);
}

TEST_F(FairWorkersTest, ThrowsWhatTheWorkThrows) {
  FairWorkers workers{{}};
  EXPECT_THROW(started(workers, "a", []() -> Result<int> { throw std::runtime_error{"no"}; }).get(), std::runtime_error);
  EXPECT_EQ(started(workers, "a", []() -> Result<int> { return 1; }).get(), 1) << "and its share is free again";
}

}  // namespace
}  // namespace carillon::jobs
