#pragma once
// The outline of a sound: how loud the loudest sample of each short stretch was. What a studio draws.

#include <cstddef>
#include <cstdint>
#include <vector>

namespace carillon::media {

/// Takes samples front to back; one thread.
class Peaks {
 public:
  /// Of a sound with so many samples a second and channel.
  explicit Peaks(int sample_rate);
  /// `count` samples of each of `channels`, side by side, full scale 1.
  void take(const double* samples, std::size_t count, int channels);
  /// protocol::kPeaksPerSecond of them, fewer where these were more than protocol::kMaxPeaks: then they stand for equal parts of the
  /// whole. Each 0–100, in percent of full scale.
  [[nodiscard]] std::vector<std::uint8_t> finish();

 private:
  void close_stretch();

  std::size_t stretch_;    ///< samples of one peak
  std::size_t taken_ = 0;  ///< of the present stretch
  double loudest_ = 0;
  std::vector<float> peaks_;
};

}  // namespace carillon::media
