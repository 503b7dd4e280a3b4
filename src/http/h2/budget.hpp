#pragma once
// How often a peer may do something that costs us more than it.

#include <algorithm>
#include <chrono>

namespace carillon::http::h2 {

/// A token bucket. One thread.
class Budget {
 public:
  using Clock = std::chrono::steady_clock;
  Budget(double most, double per_second, Clock::time_point now = Clock::now())
      : most_{most}, per_second_{per_second}, left_{most}, at_{now} {}

  /// False if nothing is left.
  [[nodiscard]] bool spend(Clock::time_point now = Clock::now()) {
    left_ = std::min(most_, left_ + per_second_ * std::chrono::duration<double>(now - at_).count());
    at_ = now;
    if (left_ < 1) return false;
    left_ -= 1;
    return true;
  }
  void earn(double tokens) { left_ = std::min(most_, left_ + tokens); }

 private:
  double most_;
  double per_second_;
  double left_;
  Clock::time_point at_;
};

}  // namespace carillon::http::h2
