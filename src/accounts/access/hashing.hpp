#pragma once
// A bounded, fair queue for the single thread that hashes passwords. Only for accounts/.

#include "base/mutex.hpp"
#include "base/result.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <array>
#include <chrono>
#include <deque>
#include <map>
#include <memory>
#include <string>

namespace carillon::accounts {

namespace asio = boost::asio;

/// Computes one hash at a time, so that a burst of sign-ins needs no more memory than one. Callers wait per share (an address prefix or a
/// person). Shares take turns, and so do all strangers with all known people, so that frequent callers don't delay everyone else. Any
/// thread.
class HashingQueue {
 public:
  struct Limits {
    std::size_t waiting = 64;            ///< at once, of strangers and of known people each: 64 hashes take some seconds
    std::size_t waiting_per_share = 16;  ///< enough for an office in the morning, but not for guessing
    std::chrono::milliseconds patience{10'000};
  };
  enum class Standing { stranger, known };
  struct Share {
    Standing standing = Standing::stranger;
    std::string name;
  };

  HashingQueue() = default;
  explicit HashingQueue(Limits limits) : limits_{limits} {}
  ~HashingQueue() { thread_.join(); }
  HashingQueue(const HashingQueue&) = delete;
  HashingQueue& operator=(const HashingQueue&) = delete;

  /// Runs `work` outside the event loop when its turn comes; `unavailable` if too many wait, or if it has waited too long.
  template <class Work>
  auto run(Share share, Work work) -> asio::awaitable<Result<std::invoke_result_t<Work&>>> {
    auto turn = co_await enter(std::move(share));
    if (!turn) co_return forward_error(turn);
    co_return co_await asio::co_spawn(thread_, done(work), asio::use_awaitable);
  }

 private:
  struct Waiter;
  /// Ends when destroyed; then the next turn starts.
  class Turn {
   public:
    explicit Turn(HashingQueue& queue) : queue_{&queue} {}
    Turn(Turn&& other) noexcept : queue_{std::exchange(other.queue_, nullptr)} {}
    Turn& operator=(Turn&&) = delete;
    ~Turn() {
      if (queue_) queue_->next();
    }

   private:
    HashingQueue* queue_;
  };
  /// A place in the queue, given up when destroyed.
  class Place;
  struct Line {
    std::map<std::string, std::deque<std::shared_ptr<Waiter>>, std::less<>> shares;
    std::deque<std::string> order;  ///< shares with waiting callers
    std::size_t waiting = 0;
  };

  template <class Work>
  static auto done(Work& work) -> asio::awaitable<std::invoke_result_t<Work&>> {
    co_return work();
  }
  asio::awaitable<Result<Turn>> enter(Share share);
  void next();

  const Limits limits_;
  Mutex mutex_;
  bool busy_ GUARDED_BY(mutex_) = false;
  std::array<Line, 2> lines_ GUARDED_BY(mutex_){};  // by Standing
  std::size_t last_line_ GUARDED_BY(mutex_) = 0;    // whose turn it was
  asio::thread_pool thread_{1};
};

}  // namespace carillon::accounts
