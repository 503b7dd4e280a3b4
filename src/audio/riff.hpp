#pragma once
// What a WAV file says of itself.

#include "base/bytes.hpp"

#include <cstdint>
#include <optional>

namespace carillon::audio {

/// The "fmt " chunk (Multimedia Programming Interface 1.0).
struct WavFormat {
  int tag = 0;  ///< 1 and 3 are PCM, 6 and 7 its logarithmic kinds, 2 and 17 ADPCM, 80 and 85 MPEG; of an extensible format the inner one
  std::uint32_t channels = 0;
  std::uint32_t sample_rate = 0;
  std::uint32_t bits = 0;         ///< of a sample
  std::uint32_t block_align = 0;  ///< bytes of one sample of every channel, as the header has it
};

struct WavSound {
  WavFormat format;
  ByteCount offset;                   ///< where the samples begin
  std::optional<ByteCount> promised;  ///< what the header says follows, may be more than the file has; none when its writer did not know it
  bool ends_there = true;             ///< the promised samples are followed by the file's end or by more chunks, not by more of the same
};

/// Walks the chunks of a RIFF, RF64 or BW64 file behind `descriptor` up to its "data" (Multimedia Programming Interface 1.0; EBU Tech
/// 3306). None when it is no WAV file, or has no format or data. A file may have
/// several "data" chunks: `promised` is the sum.
[[nodiscard]] std::optional<WavSound> read_wav(int descriptor);

}  // namespace carillon::audio
