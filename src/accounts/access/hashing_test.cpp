#include "accounts/access/hashing.hpp"

#include <gtest/gtest.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <future>
#include <vector>

namespace carillon::accounts {
namespace {

using Standing = HashingQueue::Standing;

/// Puts work into a queue whose thread is held up until let go, so that the order in which it is done does not depend on the machine.
class Busy {
 public:
  explicit Busy(HashingQueue& queue) : queue_{queue} {
    spawn("the first", Standing::stranger, [gate = opened_.get_future().share()] { gate.wait(); });
    loop_.poll();
  }
  void ask(const std::string& name, Standing standing = Standing::stranger) {
    spawn(name, standing, [] {});
    loop_.poll();
  }
  /// A timer that is due at once may still be a moment late.
  void wait_for_refusals(std::size_t count) {
    while (refused.size() < count && loop_.run_one_for(std::chrono::minutes{2}) > 0) continue;
  }
  void let_go() {
    opened_.set_value();
    loop_.run();
  }
  std::vector<std::string> done;
  std::vector<std::string> refused;

 private:
  template <class Work>
  void spawn(const std::string& name, Standing standing, Work work) {
    asio::co_spawn(
        loop_,
        [this, name, standing, work]() mutable -> asio::awaitable<void> {
          const auto result = co_await queue_.run({.standing = standing, .name = name.substr(0, name.find(' '))}, [&] {
            work();
            const std::lock_guard lock{mutex_};
            done.push_back(name);
            return true;
          });
          if (!result) {
            EXPECT_EQ(result.error().kind, ErrorKind::unavailable);
            refused.push_back(name);
          }
        },
        [](std::exception_ptr thrown) {
          if (thrown) std::rethrow_exception(thrown);
        });
  }
  HashingQueue& queue_;
  std::promise<void> opened_;
  asio::io_context loop_;
  std::mutex mutex_;
};

TEST(HashingQueue, SharesTakeTurns) {
  HashingQueue queue;
  Busy busy{queue};
  for (const auto* who : {"a 1", "a 2", "a 3", "b 1", "c 1", "b 2"}) busy.ask(who);
  busy.let_go();
  EXPECT_EQ(busy.done, (std::vector<std::string>{"the first", "a 1", "b 1", "c 1", "a 2", "b 2", "a 3"}));
}

TEST(HashingQueue, StrangersAsAWholeTakeTurnsWithWhoIsKnown) {
  HashingQueue queue;
  Busy busy{queue};
  for (const auto* who : {"a 1", "b 1", "c 1", "d 1"}) busy.ask(who);
  busy.ask("ada 1", Standing::known);
  busy.ask("ada 2", Standing::known);
  busy.let_go();
  EXPECT_EQ(busy.done, (std::vector<std::string>{"the first", "ada 1", "a 1", "ada 2", "b 1", "c 1", "d 1"}));
}

TEST(HashingQueue, OneShareWaitsWithSoManyAndAllTogetherWithSoMany) {
  HashingQueue queue{{.waiting = 4, .waiting_per_share = 2}};
  Busy busy{queue};
  for (const auto* who : {"a 1", "a 2", "a 3", "b 1", "c 1", "d 1"}) busy.ask(who);
  EXPECT_EQ(busy.refused, (std::vector<std::string>{"a 3", "d 1"}));
  busy.ask("ada 1", Standing::known);
  busy.let_go();
  EXPECT_EQ(busy.done, (std::vector<std::string>{"the first", "ada 1", "a 1", "b 1", "c 1", "a 2"}));
}

TEST(HashingQueue, WhoWaitedTooLongGivesUpAndHoldsUpNobody) {
  HashingQueue queue{{.waiting = 4, .waiting_per_share = 4, .patience = std::chrono::milliseconds{0}}};
  Busy busy{queue};
  for (const auto* who : {"a 1", "b 1", "a 2"}) busy.ask(who);
  busy.wait_for_refusals(3);
  EXPECT_EQ(busy.refused.size(), 3U);
  busy.let_go();
  EXPECT_EQ(busy.done, (std::vector<std::string>{"the first"}));
  asio::io_context loop;
  bool again = false;
  asio::co_spawn(
      loop, [&]() -> asio::awaitable<void> { again = (co_await queue.run({.name = "b"}, [] { return true; })).has_value(); },
      [](std::exception_ptr) {});
  loop.run();
  EXPECT_TRUE(again);
}

}  // namespace
}  // namespace carillon::accounts
