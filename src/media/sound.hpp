#pragma once
// What a recording sounds like: what is wrong with it, how loud it is, and what it is like after that was corrected.

#include "media/libav.hpp"
#include "media/loudness.hpp"
#include "media/true_peak.hpp"

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace carillon::media {

/// What is done to a recording before it is leveled.
struct Correction {
  bool high_pass = false;  ///< removes an offset and tones below the audible ones
  bool mirror = false;     ///< turns the second channel upside down
  bool operator==(const Correction&) const = default;
};

/// Brings a recording to the channels of its master. One thread.
class Mixer {
 public:
  /// From a recording in `source` to `channels`.
  Mixer(Shape source, int channels, Correction correction);
  /// Corrects `count` samples of each channel in place.
  void correct(double* samples, std::size_t count);
  /// Those samples in the channels of the master, until the next call.
  [[nodiscard]] std::span<const double> mix(const double* samples, std::size_t count);

 private:
  Shape source_;
  int channels_;
  Correction correction_;
  Biquad high_pass_;
  bool has_begun_ = false;
  std::vector<double> mixed_;
};

/// Hears a recording once. One thread.
class Listener {
 public:
  /// `source` as it is decoded, `channels` of its master.
  Listener(Shape source, int channels, Correction correction);
  /// `count` samples of each channel, side by side, which are corrected in place.
  void take(double* samples, std::size_t count);
  void finish();

  /// Of what the master will be made of.
  [[nodiscard]] const LoudnessMeter& mixed() const noexcept { return mixed_; }
  [[nodiscard]] const TruePeakMeter& peaks() const noexcept { return peaks_; }
  /// Of all channels of the recording.
  [[nodiscard]] const LoudnessMeter& source() const noexcept { return source_meter_ ? *source_meter_ : mixed_; }
  /// The constant offset of the channel that has the larger one, as a part of full scale.
  [[nodiscard]] double offset() const;
  /// The energy below the audible tones, as a part of all of it.
  [[nodiscard]] double rumble() const;
  /// Of an offset that large that it makes up most of rumble().
  [[nodiscard]] bool rumble_is_offset() const;
  /// Mixed to one channel, the two would cancel each other.
  [[nodiscard]] bool is_mirrored() const;

 private:
  Shape shape_;
  Mixer mixer_;
  LoudnessMeter mixed_;
  TruePeakMeter peaks_;
  std::optional<LoudnessMeter> source_meter_;
  Biquad low_pass_;
  double count_ = 0, low_energy_ = 0, product_ = 0;
  std::array<double, 2> sums_{}, energies_{};
};

}  // namespace carillon::media
