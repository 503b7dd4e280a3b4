#pragma once
// Threads for work that blocks briefly, so that event loops don't wait for it.

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

/// Any thread. First come, first served; long work of tenants belongs in FairWorkers. A thread is started if there is work and no idle
/// thread.
class Workers {
 public:
  using Task = std::move_only_function<void()>;

  /// At most `threads`; `name` (15 bytes) is their name in the system.
  Workers(std::string name, std::size_t threads);
  ~Workers();  ///< finishes submitted work
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  /// Runs `work()`; resumes on the caller's executor. References of `work` into the awaiting coroutine are valid until it is done.
  /// Exceptions of `work` are rethrown to the caller.
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

  /// Runs `task` at some point; it must not throw.
  void post(Task task);
  /// Drops work that hasn't started, and everything posted from now on. Don't use it with run(), whose caller would wait forever.
  void stop();

  /// The number of started threads.
  [[nodiscard]] std::size_t threads() const;

 private:
  void work();

  const std::string name_;
  const std::size_t most_;
  mutable Mutex mutex_;
  Condition changed_;
  std::deque<Task> waiting_ GUARDED_BY(mutex_);
  std::size_t idle_ GUARDED_BY(mutex_) = 0;
  bool stopping_ GUARDED_BY(mutex_) = false;  ///< idle threads end
  bool dropping_ GUARDED_BY(mutex_) = false;
  std::vector<std::jthread> threads_ GUARDED_BY(mutex_);
};

}  // namespace carillon::jobs
