// See peaks.hpp.

#include "media/peaks.hpp"

#include "media/protocol/protocol.hpp"

#include <algorithm>
#include <cmath>

namespace carillon::media {

Peaks::Peaks(int sample_rate) : stretch_{static_cast<std::size_t>(std::max(sample_rate / protocol::kPeaksPerSecond, 1))} {}

void Peaks::take(const double* samples, std::size_t count, int channels) {
  for (std::size_t i = 0; i < count; ++i) {
    for (int channel = 0; channel < channels; ++channel) loudest_ = std::max(loudest_, std::abs(*samples++));
    if (++taken_ == stretch_) close_stretch();
  }
}

void Peaks::close_stretch() {
  peaks_.push_back(static_cast<float>(loudest_));
  loudest_ = 0;
  taken_ = 0;
}

std::vector<std::uint8_t> Peaks::finish() {
  if (taken_ > 0) close_stretch();
  const auto wanted = std::min(peaks_.size(), protocol::kMaxPeaks);
  std::vector<std::uint8_t> result;
  result.reserve(wanted);
  for (std::size_t i = 0; i < wanted; ++i) {
    const auto begin = peaks_.begin() + static_cast<std::ptrdiff_t>(i * peaks_.size() / wanted);
    const auto end = peaks_.begin() + static_cast<std::ptrdiff_t>((i + 1) * peaks_.size() / wanted);
    const auto loudest = std::min(*std::max_element(begin, end), 1.0F);
    result.push_back(static_cast<std::uint8_t>(std::lround(loudest * protocol::kFullScale)));
  }
  return result;
}

}  // namespace carillon::media
