#pragma once
// How many handshakes may be fresh at once. Ten thousand endpoints may be ten thousand machines, or one behind ten thousand addresses: the
// answers' own time tells. Pure.

#include <algorithm>
#include <chrono>
#include <cstddef>

namespace carillon::certs {

class Pace {
 public:
  using Instant = std::chrono::steady_clock::time_point;
  static constexpr std::size_t kFirst = 128, kLeast = 64, kMax = 400;
  /// An answer that takes longer came from somebody who has too much to do, because of us perhaps.
  static constexpr std::chrono::milliseconds kBusy{1'500};
  /// The answers to what was sent before a cut say nothing about what is sent after it.
  static constexpr std::chrono::milliseconds kBetweenCuts{500};

  [[nodiscard]] std::size_t window() const noexcept { return window_; }

  /// The rest is done: what is left need not be spared for it.
  void open() noexcept { window_ = kMax; }

  /// Somebody answered, whatever it was; silence is no answer.
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
