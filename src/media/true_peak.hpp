#pragma once
// Peaks between the samples, where converters and encoders find them (ITU-R BS.1770-4 annex 2), by eightfold oversampling.

#include <cstddef>
#include <span>
#include <vector>

namespace carillon::media {

/// Finds the peak between each sample and the next. It works kReach samples behind what it was given. One thread.
class PeakFinder {
 public:
  /// Samples on each side that decide about the signal between two of them.
  static constexpr std::size_t kReach = 12;

  explicit PeakFinder(int channels);
  /// `count` samples of each channel, side by side. Appends to `peaks` one value for every sample whose following ones are known by now:
  /// the largest absolute value from this sample to the next, of any channel. Where this can't exceed `floor`, that of the sample itself.
  void take(const double* samples, std::size_t count, float floor, std::vector<float>& peaks);
  /// The rest, as if silence followed.
  void finish(float floor, std::vector<float>& peaks);

 private:
  void find(float floor, std::vector<float>& peaks);

  std::vector<std::vector<float>> channels_;  ///< of each: kReach − 1 samples before the next to judge, and those after it
};

/// The largest peak of a signal, and of each interval of it. One thread.
class TruePeakMeter {
 public:
  TruePeakMeter(int sample_rate, int channels);
  void take(const double* samples, std::size_t count);
  void finish();
  /// Full scale is 1.
  [[nodiscard]] double peak() const noexcept { return peak_; }
  /// Of each of kIntervalsPerSecond, the last one complete. Where they are lower than peak(), they may be those of the samples.
  [[nodiscard]] std::span<const float> intervals() const noexcept { return intervals_; }

 private:
  void account();

  PeakFinder finder_;
  std::size_t interval_;   ///< samples
  std::size_t taken_ = 0;  ///< of the current interval
  float loudest_ = 0;      ///< of the current interval
  float peak_ = 0;
  std::vector<float> found_;
  std::vector<float> intervals_;
};

}  // namespace carillon::media
