#pragma once
// Where a recording is silent, and how much of it is speech: for cue points, and for what the studio shows.

#include "media/protocol/protocol.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace carillon::media {

/// Processes samples from start to end; one thread. Needs a byte for each 20 ms of the recording.
class Pauses {
 public:
  /// For audio with this sample rate.
  explicit Pauses(int sample_rate);
  /// `count` samples of each of `channels`, side by side, full scale 1.
  void take(const double* samples, std::size_t count, int channels);

  /// The silences within the first `duration`, by time: stretches of at least protocol::kShortestSilence that are about as quiet as the
  /// quietest part of the recording. Of more than protocol::kMaxSilences, the longest.
  [[nodiscard]] std::vector<protocol::Silence> silences(std::chrono::microseconds duration) const;
  /// The share of speech in the time with sound, 0–1; none if there is less than a second of sound. Speech alternates between syllables and
  /// the gaps between them, so a second counts as speech if many of its parts are far below its mean (the “low short-time energy ratio” of
  /// Lu, Zhang and Jiang, “Content analysis for audio classification and segmentation”, 2002). An estimate: it takes singing over music for
  /// music, and some drums for speech.
  [[nodiscard]] std::optional<double> speech_share() const;

 private:
  [[nodiscard]] std::uint8_t threshold() const;

  std::size_t stretch_;               ///< samples of one part
  std::size_t taken_ = 0;             ///< of the current part
  double energy_ = 0;                 ///< of the current part, of all channels
  std::vector<std::uint8_t> levels_;  ///< of each part: half decibels below full scale
};

}  // namespace carillon::media
