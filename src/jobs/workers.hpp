#pragma once
// Threads for what blocks for a moment, so that no event loop waits for it.

#include "base/mutex.hpp"
#include "net/asio.hpp"

#include <cstddef>
#include <deque>
#include <exception>
#include <functional>
#include <optional>
#include <string>
#include <thread>
#include <type_traits>
#include <vector>

namespace carillon::jobs {

/// Any thread. First come, first served, whoever asks: work of tenants that may take long belongs to FairWorkers. A thread is begun when
/// there is work that none waits for.
class Workers {
 public:
  using Task = std::move_only_function<void()>;

  /// At most `threads`; `name` (15 bytes) is what the system calls them.
  Workers(std::string name, std::size_t threads);
  ~Workers();  ///< finishes what was handed in
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  /// Runs `work()`; resumes on the caller's executor. What `work` refers to in the awaiting coroutine lives until it is done. An exception
  /// of `work` is thrown to the caller.
  template <class Work>
  asio::awaitable<std::invoke_result_t<Work&>> run(Work work) {
    std::optional<std::invoke_result_t<Work&>> value;
    std::exception_ptr thrown;
    const auto initiate = [&](auto handler) {
      auto executor = asio::get_associated_executor(handler);
      post([&, executor, handler = std::move(handler), alive = asio::make_work_guard(executor)]() mutable {
        try {
          value.emplace(work());
        } catch (...) { thrown = std::current_exception(); }
        asio::post(executor, std::move(handler));
      });
    };
    co_await asio::async_initiate<const asio::use_awaitable_t<>&, void()>(initiate, asio::use_awaitable);
    if (thrown) std::rethrow_exception(thrown);
    co_return std::move(*value);
  }

  /// Runs `task` some time; it must not throw.
  void post(Task task);
  /// Drops what has not begun and what is posted from now on. Where run() is used, its caller would wait for ever.
  void stop();

  /// Those that were begun.
  [[nodiscard]] std::size_t threads() const;

 private:
  void work();

  const std::string name_;
  const std::size_t most_;
  mutable Mutex mutex_;
  Condition changed_;
  std::deque<Task> waiting_ GUARDED_BY(mutex_);
  std::size_t idle_ GUARDED_BY(mutex_) = 0;
  bool stopping_ GUARDED_BY(mutex_) = false;  ///< a thread that finds nothing waiting ends
  bool dropping_ GUARDED_BY(mutex_) = false;
  std::vector<std::jthread> threads_ GUARDED_BY(mutex_);
};

}  // namespace carillon::jobs
