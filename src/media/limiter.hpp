#pragma once
// A limiter that sees peaks before they come, also those between the samples.

#include "media/loudness.hpp"
#include "media/true_peak.hpp"

#include <cstddef>
#include <deque>
#include <span>
#include <vector>

namespace carillon::media {

/// Lowers the gain smoothly before a peak above the ceiling, for all channels alike, and restores it afterwards. Its output isn't delayed
/// against its input. One thread.
class Limiter {
 public:
  /// How soon the gain is back after a peak. Soon is louder, where the peaks are many and short; it can bend low tones.
  enum class Release { smooth, fast };
  /// `ceiling` for the true peak; full scale is 1.
  Limiter(int sample_rate, int channels, double ceiling, Release release = Release::smooth);
  /// `count` samples of each channel, side by side. Appends to `out` those that are ready.
  void take(const double* samples, std::size_t count, std::vector<double>& out);
  void finish(std::vector<double>& out);

 private:
  void plan();
  void apply(std::size_t count, std::vector<double>& out);

  int channels_;
  double ceiling_;
  std::size_t window_;  ///< samples of look-ahead
  double release_;      ///< the part of the way back to full gain that is gone in one sample
  PeakFinder finder_;
  std::vector<float> peaks_;     ///< found, not yet planned with
  float before_ = 0;             ///< the peak between the last planned sample and its predecessor
  std::vector<double> waiting_;  ///< samples whose gain isn't known yet
  /// The smallest gain within the window, by positions in the stream: the usual queue of candidates, ascending.
  struct Candidate {
    std::size_t at;
    double gain;
  };
  std::deque<Candidate> candidates_;
  std::size_t planned_ = 0;  ///< samples
  std::size_t decided_ = 0;  ///< samples with a gain
  double recovering_ = 1;
  std::deque<double> recent_;  ///< the last `window_` gains before smoothing
  double recent_sum_ = 0;
  std::size_t reduced_ = 0;  ///< of recent_, those below 1
  std::vector<double> gains_;
};

/// What the limiter, with a smooth release, would make of each interval, given the peaks of all of them and the gain before it: the gain
/// including its own, approximately.
[[nodiscard]] std::vector<float> predicted_gains(std::span<const float> peaks, double gain, double ceiling);

}  // namespace carillon::media
