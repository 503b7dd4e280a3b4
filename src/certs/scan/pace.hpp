#pragma once
// How many handshakes may be fresh at the same time. Ten thousand endpoints may be ten thousand machines, or one machine with ten thousand
// addresses; their response times tell which. Pure.

#include <algorithm>
#include <chrono>
#include <cstddef>

namespace carillon::certs {

class Pace {
 public:
  using Instant = std::chrono::steady_clock::time_point;
  static constexpr std::size_t kFirst = 128, kLeast = 64, kMax = 400;
  /// Slower responses come from an overloaded server, perhaps because of us.
  static constexpr std::chrono::milliseconds kBusy{1'500};
  /// Responses to requests from before a cut say nothing about the new pace.
  static constexpr std::chrono::milliseconds kBetweenCuts{500};

  [[nodiscard]] std::size_t window() const noexcept { return window_; }

  /// Call it when everything else is done: the remaining endpoints needn't be spared.
  void open() noexcept { window_ = kMax; }

  /// Records any response; silence isn't one.
  void answered(std::chrono::steady_clock::duration after, Instant now) noexcept {
    if (after < kBusy) {
      window_ = std::min(kMax, window_ + 1);
    } else if (now >= next_cut_) {
      window_ = std::max(kLeast, window_ / 2);
      next_cut_ = now + kBetweenCuts;
    }
  }

 private:
  std::size_t window_ = kFirst;
  Instant next_cut_;
};

}  // namespace carillon::certs
