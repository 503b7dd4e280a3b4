#pragma once
// The waveform of a recording: the peak of each short interval, for display in the studio.

#include <cstddef>
#include <cstdint>
#include <vector>

namespace carillon::media {

/// Processes samples from start to end; one thread.
class Peaks {
 public:
  /// For audio with this sample rate.
  explicit Peaks(int sample_rate);
  /// `count` samples of each of `channels`, side by side, full scale 1.
  void take(const double* samples, std::size_t count, int channels);
  /// protocol::kPeaksPerSecond of them, fewer if these were more than protocol::kMaxPeaks: then each covers an equal part of the recording.
  /// Each 0–100, in percent of full scale.
  [[nodiscard]] std::vector<std::uint8_t> finish();

 private:
  void close_stretch();

  std::size_t stretch_;    ///< samples of one peak
  std::size_t taken_ = 0;  ///< of the current interval
  double loudest_ = 0;
  std::vector<float> peaks_;
};

}  // namespace carillon::media
