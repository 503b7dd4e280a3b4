#pragma once
// How much sound a WAV file says it holds. libav quietly takes what is there; a publisher wants to know that half an episode is missing.

#include "base/bytes.hpp"

#include <optional>

namespace carillon::media {

struct PromisedSound {
  ByteCount offset;  ///< where the samples begin
  ByteCount length;  ///< what the header says follows; may be more than the file has
};

/// Finds the "data" chunk of a RIFF or RF64 file behind `descriptor` (Multimedia Programming Interface 1.0; EBU Tech 3306). None when there
/// is none or its length was not known to the program that wrote the file.
[[nodiscard]] std::optional<PromisedSound> promised_sound(int descriptor);

}  // namespace carillon::media
