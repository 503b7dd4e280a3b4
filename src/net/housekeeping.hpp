#pragma once
// Returns memory to the system after a flood of connections. Only for net.

#include <chrono>
#include <cstddef>

namespace carillon::net {

/// Needed because the allocator keeps the memory of ten thousand connections for the next ones. One thread.
class MemoryGiver {
 public:
  using Clock = std::chrono::steady_clock;
  /// Fewer connections aren't a flood: trimming the heap would cost more than it saves.
  static constexpr std::size_t kMinPeak = 500;
  static constexpr std::chrono::minutes kEvery{1};

  /// Call it every few seconds with the number of open connections: true if a peak is over and half of its connections are closed.
  [[nodiscard]] bool is_due(std::size_t connections, Clock::time_point now = Clock::now());
  /// Takes some milliseconds while holding the allocator's locks in turn: not on an event loop.
  static void give_back();

 private:
  std::size_t peak_ = 0;
  Clock::time_point given_{};
};

}  // namespace carillon::net
