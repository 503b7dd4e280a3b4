#pragma once
// The connections of one event loop, ordered by which can best be closed. Only for net.

#include "net/connection.hpp"

#include <atomic>
#include <list>

namespace carillon::net {

/// Has each connection in one of three lists, longest first. Everything except longest_in() and size_of() on the loop's own thread.
class Roster {
 public:
  using Clock = std::chrono::steady_clock;
  /// In the order of closing if there are too many.
  enum class Line : std::size_t {
    idle,      ///< between requests: a client can silently open another one
    arriving,  ///< has sent no complete request yet
    exchange,  ///< a request body or a response is being transferred
  };
  static constexpr std::size_t kLines = 3;

  Roster() {
    for (auto& longest : longest_) longest = Clock::time_point::max();
  }

  void add(std::shared_ptr<Connection> connection);
  void remove(Connection& connection);
  /// Called by the connection itself.
  void enter(Connection& connection, Phase phase);
  void progressed(Connection& connection);

  /// Cuts the one that has been longest in `line`; it ends soon. False if there is none.
  bool cut_longest_in(Line line);
  /// Cuts all connections that a drain needn't wait for, or all.
  void cut(bool only_waiting);

  /// Since when the first one of a list is there; max() if it is empty. Any thread: a hint.
  [[nodiscard]] Clock::time_point longest_in(Line line) const noexcept {
    return longest_[static_cast<std::size_t>(line)].load(std::memory_order_relaxed);
  }
  [[nodiscard]] std::size_t exchanging() const noexcept { return exchanging_.load(std::memory_order_relaxed); }

 private:
  using Connections = std::list<std::shared_ptr<Connection>>;
  Connections& line(Line which) noexcept { return lines_[static_cast<std::size_t>(which)]; }
  void publish(Line which) noexcept;

  std::array<Connections, kLines> lines_;
  Connections leaving_;  ///< cut, and about to end
  std::array<std::atomic<Clock::time_point>, kLines> longest_;
  std::atomic<std::size_t> exchanging_ = 0;
};

}  // namespace carillon::net
