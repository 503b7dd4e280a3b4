#pragma once
// Gives the memory of a flood back to the machine once the flood is over. For net alone.

#include <chrono>
#include <cstddef>

namespace carillon::net {

/// The allocator keeps what ten thousand connections needed, for the next ten thousand. One thread.
class MemoryGiver {
 public:
  using Clock = std::chrono::steady_clock;
  /// Fewer are no flood: walking over the heap would cost more than it gives.
  static constexpr std::size_t kMinPeak = 500;
  static constexpr std::chrono::minutes kEvery{1};

  /// Asked every few seconds with the connections that are open: true when a peak is over and half of it has gone.
  [[nodiscard]] bool is_due(std::size_t connections, Clock::time_point now = Clock::now());
  /// Takes some milliseconds, with the allocator's locks held in turn: not on an event loop.
  static void give_back();

 private:
  std::size_t peak_ = 0;
  Clock::time_point given_{};
};

}  // namespace carillon::net
