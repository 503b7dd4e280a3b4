#pragma once
// How long a recording claims to be, determined before decoding. This sets the resource limits, not the file size: a few bytes can claim
// hours.

#include "base/bytes.hpp"
#include "base/result.hpp"

#include "audio/file_tags.hpp"
#include "audio/id3_chapters.hpp"

#include <chrono>
#include <optional>
#include <vector>

namespace carillon::audio {

struct Promise {
  std::chrono::microseconds duration{};  ///< at most media::protocol::kLongestRecording
  bool exact = false;                    ///< every sample was counted, so the decoded audio must be as long
  bool is_mp3 = false;                   ///< it is nothing but MP3 frames and tags
  std::chrono::microseconds missing{};   ///< what damage between its frames has taken, estimated
  FileTags tags{};
  std::vector<TagChapter> chapters{};  ///< of recordings that carillon-media has probed
};

/// Reads the headers of the recording behind `descriptor` (a regular file; its position doesn't change); for an MP3, those of every frame.
/// None if it is neither WAV nor MP3. `invalid`, with a message for the person who uploaded it, if it is a known kind of file that isn't
/// supported, is truncated or damaged, is longer than a day, or has an unsupported sample rate or number of channels. Blocks.
[[nodiscard]] Result<std::optional<Promise>> read_promise(int descriptor);

}  // namespace carillon::audio
