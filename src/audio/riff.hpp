#pragma once
// The headers of a WAV file.

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
  std::optional<ByteCount> promised;  ///< the length in the header, which may exceed the file; none if the writer didn't know it
  bool ends_there = true;             ///< the samples are followed by the end of the file or by more chunks, not by more samples
};

/// Walks the chunks of a RIFF, RIFX, RF64 or BW64 file behind `descriptor` up to its "data" (Multimedia Programming Interface 1.0; EBU Tech
/// 3306). None if it isn't a WAV file, or has no format or data. A file may have
/// several "data" chunks: `promised` is the sum.
[[nodiscard]] std::optional<WavSound> read_wav(int descriptor);

}  // namespace carillon::audio
