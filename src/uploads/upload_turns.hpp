#pragma once
// Turns for uploads: one request at a time, and the newest wins, so that a half-open connection doesn't block a reconnecting client.

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

/// Asks the holder of a turn to end it soon. Called on any thread, possibly more than once, with locks held: it must only forward the
/// request.
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

  /// Asks the holder of the turn to end it, and waits for that. `conflict` if an even newer request arrives meanwhile, or the holder didn't
  /// end it within `patience`; `unavailable` if too many have a turn, on this server or in `network`.
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
  std::unordered_map<std::string, std::size_t> of_networks_ GUARDED_BY(mutex_);  ///< how many turns each network has
};

}  // namespace carillon::uploads
