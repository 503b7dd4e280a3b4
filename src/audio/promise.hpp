#pragma once
// How much sound a recording promises, found out before anything is decoded: what it may cost is set by that, never by the size of its
// file. A few bytes can promise hours.

#include "base/bytes.hpp"
#include "base/result.hpp"

#include <chrono>

namespace carillon::audio {

struct Promise {
  std::chrono::microseconds duration{};  ///< at most media::protocol::kLongestRecording
  bool exact = false;                    ///< every sample was counted: what is decoded must be as long
};

/// Reads the headers of the recording behind `descriptor` (a regular file; its position is left alone), of an MP3 those of every frame.
/// `invalid`, with a sentence for the person who uploaded it, when it is neither WAV nor MP3, is cut off, is longer than a day, or has a
/// sample rate or a number of channels that no recording has. Blocks.
[[nodiscard]] Result<Promise> read_promise(int descriptor);

}  // namespace carillon::audio
