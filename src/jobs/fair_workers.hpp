#pragma once
// Threads for work that takes processor time, shared fairly: one network's work never fills all of them while another one's waits.

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

/// How much of the threads each key may have.
struct FairShare {
  std::size_t threads = 2;           ///< of all
  std::size_t running_per_key = 1;   ///< at once
  std::size_t waiting_per_key = 64;  ///< what comes beyond is refused as `unavailable`
};

/// Any thread. Keys that have work waiting take turns, whoever handed in how much before. A thread is begun when there is work that none
/// waits for.
class FairWorkers {
 public:
  explicit FairWorkers(FairShare share);
  ~FairWorkers();  ///< finishes what was handed in
  FairWorkers(const FairWorkers&) = delete;
  FairWorkers& operator=(const FairWorkers&) = delete;

  /// Runs `work()` → Result<T> for `key`; resumes on the caller's executor. What `work` refers to in the awaiting coroutine lives until it
  /// is done. An exception of `work` is thrown to the caller.
  template <class Work>
  asio::awaitable<std::invoke_result_t<Work>> run(std::string key, Work work) {
    using Value = std::invoke_result_t<Work>;
    co_return co_await start<Value>(std::move(key), std::move(work), {});
  }

  /// The same, given up as `unavailable` once `deadline` has passed, while `work` waits or goes on: it must own what it uses.
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

  /// The first of the work and its deadline to finish answers; the other finds nothing left to do.
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

  /// False when too much waits for this key.
  bool add(const std::string& key, Task task);
  void work();
  /// Puts the key in line for a turn if it has work and a share left.
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
