// See time_line.hpp.

#include "delivery/time_line.hpp"

#include <algorithm>

namespace carillon::delivery {

std::chrono::microseconds TimeLine::start(std::chrono::microseconds moment) const noexcept {
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    const auto& part = parts_[i];
    const bool is_last = i + 1 == parts_.size();
    if (moment < part.to - (is_last ? std::chrono::microseconds{} : kCutTolerance))
      return part.at + std::max(moment - part.from, std::chrono::microseconds{});
  }
  // What starts with the end of the episode, or later, stays where that is.
  return parts_.empty() ? duration_ : end(moment);
}

std::chrono::microseconds TimeLine::end(std::chrono::microseconds moment) const noexcept {
  for (std::size_t i = parts_.size(); i-- > 0;) {
    const auto& part = parts_[i];
    if (moment > part.from + (i == 0 ? std::chrono::microseconds{} : kCutTolerance)) return part.at + std::min(moment, part.to) - part.from;
  }
  return parts_.empty() ? std::chrono::microseconds{} : parts_.front().at;
}

}  // namespace carillon::delivery
