#pragma once
// Whether a request body arrives fast enough. Pure, except for the clock.

#include "http/server/exchange.hpp"

namespace carillon::http {

/// Counts the time that a handler waits for the peer, not the time in which the handler doesn't read. One coroutine.
class BodyPace {
 public:
  using Clock = std::chrono::steady_clock;
  explicit BodyPace(const Deadlines& deadlines) : deadlines_{deadlines} {}

  /// Call it before waiting for a piece of the body.
  void begin() { piece_by_ = std::min(until_, Clock::now() + deadlines_.body); }
  /// How long to wait now, at most; not positive if the piece is late.
  [[nodiscard]] net::Within patience() const { return std::min<net::Within>(piece_by_ - Clock::now(), deadlines_.body_window - waited_); }
  /// Call it after waiting. Returns a sentence if the body is too slow.
  [[nodiscard]] std::optional<std::string> note(net::Within waited, std::size_t arrived);
  /// From now on, the rest must arrive within this time.
  void end_within(net::Within in_all) { until_ = Clock::now() + in_all; }

 private:
  const Deadlines& deadlines_;
  net::Within waited_{};       ///< in this window
  std::uint64_t arrived_ = 0;  ///< in this window
  Clock::time_point piece_by_ = Clock::time_point::max();
  Clock::time_point until_ = Clock::time_point::max();
};

}  // namespace carillon::http
