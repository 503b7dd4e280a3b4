#pragma once
// Threads for CPU-intensive work, shared fairly: one network's work never uses all of them while another one's waits.

#include "base/mutex.hpp"
#include "base/result.hpp"
#include "net/asio.hpp"

#include <chrono>
#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <type_traits>
#include <vector>

namespace carillon::jobs {

/// The limits per key.
struct FairShare {
  std::size_t threads = 2;           ///< of all
  std::size_t running_per_key = 1;   ///< at once
  std::size_t waiting_per_key = 64;  ///< beyond that, work is refused as `unavailable`
};

/// Any thread. Keys with waiting work take turns, regardless of how much they have submitted. A thread is started if there is work and no
/// idle thread.
class FairWorkers {
 public:
  explicit FairWorkers(FairShare share);
  ~FairWorkers();  ///< finishes submitted work
  FairWorkers(const FairWorkers&) = delete;
  FairWorkers& operator=(const FairWorkers&) = delete;

  /// Runs `work()` → Result<T> for `key`; resumes on the caller's executor. References of `work` into the awaiting coroutine are valid
  /// until it is done. Exceptions of `work` are rethrown to the caller.
  template <class Work>
  asio::awaitable<std::invoke_result_t<Work>> run(std::string key, Work work) {
    using Value = std::invoke_result_t<Work>;
    co_return co_await start<Value>(std::move(key), std::move(work), {});
  }

  /// The same, but returns `unavailable` after `deadline`, while `work` may still wait or run: it must own everything it uses.
  template <class Work>
  asio::awaitable<std::invoke_result_t<Work>> run_within(std::chrono::milliseconds deadline, std::string key, Work work) {
    using Value = std::invoke_result_t<Work>;
    co_return co_await start<Value>(std::move(key), std::move(work), deadline);
  }

 private:
  using Task = std::move_only_function<void()>;
  struct Line {
    std::deque<Task> waiting;
    std::size_t running = 0;
    bool in_turn = false;  ///< is in `turns_`
  };

  /// Whichever finishes first, the work or its deadline, resumes the caller; the other does nothing.
  template <class Value, class Handler>
  struct Answer {
    explicit Answer(Handler handler_) : handler{std::make_unique<Handler>(std::move(handler_))} {}
    Mutex mutex;
    std::unique_ptr<Handler> handler GUARDED_BY(mutex);  ///< null once it was called
    std::optional<asio::steady_timer> deadline;

    void give(std::exception_ptr thrown, Value value) {
      std::unique_ptr<Handler> mine;
      {
        const Lock lock{mutex};
        mine.swap(handler);
      }
      if (mine) std::move (*mine)(std::move(thrown), std::move(value));
    }
  };

  template <class Value, class Work>
  asio::awaitable<Value> start(std::string key, Work work, std::optional<std::chrono::milliseconds> deadline) {
    const auto initiate = [&](auto handler) {
      using Completion = decltype(handler);
      auto executor = asio::get_associated_executor(handler);
      auto answer = std::make_shared<Answer<Value, Completion>>(std::move(handler));
      if (deadline) {
        answer->deadline.emplace(executor, *deadline);
        answer->deadline->async_wait([answer](const boost::system::error_code& cancelled) {
          if (!cancelled) answer->give({}, fail(ErrorKind::unavailable, "The server is busy with other work; try again."));
        });
      }
      const auto respond = [answer, executor](std::exception_ptr thrown, Value value) {
        asio::post(executor, [answer, thrown = std::move(thrown), value = std::move(value)]() mutable {
          if (answer->deadline) answer->deadline->cancel();
          answer->give(std::move(thrown), std::move(value));
        });
      };
      const bool taken = add(key, [work = std::move(work), respond, alive = asio::make_work_guard(executor)]() mutable {
        try {
          respond({}, work());
        } catch (...) { respond(std::current_exception(), fail(ErrorKind::internal, "the task threw an exception")); }
      });
      if (!taken) respond({}, fail(ErrorKind::unavailable, "Too many requests are waiting already; try again in a moment."));
    };
    co_return co_await asio::async_initiate<const asio::use_awaitable_t<>&, void(std::exception_ptr, Value)>(initiate, asio::use_awaitable);
  }

  /// False if too much is waiting for this key.
  bool add(const std::string& key, Task task);
  void work();
  /// Queues the key for a turn if it has work and is below its limit.
  void queue(const std::string& key, Line& line) REQUIRES(mutex_);

  const FairShare share_;
  Mutex mutex_;
  Condition changed_;
  std::map<std::string, Line> lines_ GUARDED_BY(mutex_);  ///< of keys that have work
  std::deque<std::string> turns_ GUARDED_BY(mutex_);      ///< keys that may start something now
  std::size_t idle_ GUARDED_BY(mutex_) = 0;
  bool stopping_ GUARDED_BY(mutex_) = false;
  std::vector<std::jthread> threads_ GUARDED_BY(mutex_);
};

}  // namespace carillon::jobs
