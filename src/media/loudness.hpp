#pragma once
// Loudness by ITU-R BS.1770-4 and EBU R 128, with the profile from which the effect of a limiter can be predicted.

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace carillon::media {

/// A second-order filter (direct form II transposed), and its state for each of two channels.
class Biquad {
 public:
  struct Coefficients {
    double b0 = 1, b1 = 0, b2 = 0, a1 = 0, a2 = 0;
  };
  explicit Biquad(Coefficients coefficients) : c_{coefficients} {}
  [[nodiscard]] double operator()(double in, int channel) noexcept {
    auto& state = state_[channel];
    const double out = c_.b0 * in + state.one;
    state.one = c_.b1 * in - c_.a1 * out + state.two;
    state.two = c_.b2 * in - c_.a2 * out;
    return out;
  }
  /// As if `in` had come for ever: then a high-pass doesn't begin with a step.
  void settle(double in, int channel) noexcept { state_[channel] = {.one = (c_.b1 + c_.b2) * in, .two = c_.b2 * in}; }

 private:
  struct State {
    double one = 0, two = 0;
  };
  Coefficients c_;
  State state_[2] = {};
};

/// Intervals per second of a meter. Every sample rate of MPEG-1 is a multiple of it.
inline constexpr int kIntervalsPerSecond = 50;

/// One thread. Its memory grows with the recording: 4 bytes for each of kIntervalsPerSecond.
class LoudnessMeter {
 public:
  /// For one or two channels.
  LoudnessMeter(int sample_rate, int channels);
  /// `count` samples of each channel, side by side, full scale 1.
  void take(const double* samples, std::size_t count);

  /// Integrated loudness in LUFS of what was taken, multiplied by `gain`. None if it is shorter than a block of 400 ms, or nothing is above
  /// the gate of −70 LUFS (BS.1770-4 annex 1).
  [[nodiscard]] std::optional<double> integrated(double gain = 1) const;
  /// The same after each interval was multiplied by its gain.
  [[nodiscard]] std::optional<double> integrated(std::span<const float> gains) const;
  /// Loudness range in LU (EBU Tech 3342); 0 if it is shorter than 3 s. `gain` as above.
  [[nodiscard]] double range(double gain = 1) const;
  /// Complete intervals so far.
  [[nodiscard]] std::size_t intervals() const noexcept { return energies_.size(); }

 private:
  std::size_t interval_;   ///< samples
  std::size_t taken_ = 0;  ///< of the current interval
  int channels_;
  double energy_ = 0;  ///< of the current interval
  Biquad shelf_, high_pass_;
  std::vector<float> energies_;  ///< mean square of each interval, all channels together
};

}  // namespace carillon::media
