#pragma once
// Asks carillon-media, the program that decodes foreign bytes, for a master. It is spawned for each request and speaks over descriptors.

#include "base/bytes.hpp"
#include "base/result.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string_view>
#include <vector>

namespace carillon::audio {

/// A show's one format: what masters and, later, creatives are encoded to. MPEG-1 layer III.
struct Format {
  int bitrate = 128'000;  ///< bit/s, constant
  int channels = 2;       ///< 2 at 128 kbit/s, 1 at 96
  int sample_rate = 44'100;
};

struct MasterMade {
  std::chrono::microseconds duration;  ///< of the source as decoded
  double source_loudness = 0;          ///< LUFS, before; −70 when it is silent
  double loudness = 0;                 ///< LUFS of what was encoded
  std::vector<std::uint8_t> peaks;     ///< its outline, front to back, in percent of full scale; at most media::protocol::kMostPeaks
};

/// How long the program may say nothing before it counts as hung.
inline constexpr std::chrono::seconds kQuietLimit{60};

/// Any thread; blocks the calling one. That thread must not end before the call does: the program dies with it.
class MediaProgram {
 public:
  explicit MediaProgram(std::filesystem::path program, std::chrono::milliseconds quiet_limit = kQuietLimit)
      : program_{std::move(program)}, quiet_limit_{quiet_limit} {}

  /// Reads the recording behind `source` (a regular file, read from its start), writes bare MP3 frames to `target` (CBR, no bit reservoir,
  /// −16 LUFS ± 1). `progress(fraction, doing)` returns false to stop: then the result is `unavailable`.
  /// `invalid` when the bytes are no audio we take (the message is for the person who uploaded it); `no_space` when the disk is full;
  /// `unavailable` when the program could not be started, died or hung (`quiet_limit` without a word). In any case no child is left behind.
  Result<MasterMade> make_master(int source, int target, Format format,
                                 const std::function<bool(double, std::string_view)>& progress) const;

 private:
  std::filesystem::path program_;
  std::chrono::milliseconds quiet_limit_;
};

}  // namespace carillon::audio
