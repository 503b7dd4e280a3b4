#pragma once
// Who works on which upload: one at a time, and the newest wins. A connection that died half-open must not block the client that comes
// back.

#include "base/mutex.hpp"
#include "base/result.hpp"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>

namespace carillon::uploads {

namespace asio = boost::asio;

/// Asks whoever has a turn to end it soon. Called on any thread, perhaps more than once, with locks held: it may only pass the wish on.
using GiveWay = std::function<void()>;

/// Any thread; take() from a coroutine on an event loop of one thread.
class UploadTurns {
 public:
  UploadTurns(std::size_t most, std::size_t most_of_network) : most_{most}, most_of_network_{most_of_network} {}
  UploadTurns(const UploadTurns&) = delete;
  UploadTurns& operator=(const UploadTurns&) = delete;

  /// Ends with its destruction. Any thread.
  class Turn {
   public:
    Turn(Turn&& other) noexcept;
    Turn& operator=(Turn&&) = delete;
    ~Turn();
    [[nodiscard]] const std::string& id() const noexcept { return id_; }

   private:
    friend class UploadTurns;
    Turn(UploadTurns& turns, std::string id) : turns_{&turns}, id_{std::move(id)} {}
    UploadTurns* turns_;
    std::string id_;
  };

  /// Tells whoever has the turn to give way and waits for that. `conflict` when a still newer one comes meanwhile, or nobody gave way
  /// within `patience`; `unavailable` when too many have a turn, on this server or of `network`.
  asio::awaitable<Result<Turn>> take(std::string id, std::string network, GiveWay give_way, std::chrono::milliseconds patience);

 private:
  struct Waiting;
  struct Claim {
    std::string network;
    GiveWay give_way;
    std::shared_ptr<Waiting> next;
  };
  void release(const std::string& id);

  const std::size_t most_, most_of_network_;
  Mutex mutex_;
  std::unordered_map<std::string, Claim> claims_ GUARDED_BY(mutex_);
  std::unordered_map<std::string, std::size_t> of_networks_ GUARDED_BY(mutex_);  ///< how many each holds
};

}  // namespace carillon::uploads
