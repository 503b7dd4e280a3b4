#pragma once
// MP3s that are served as they were uploaded, between tags of our own.

#include "base/result.hpp"
#include "blob/store.hpp"

#include <chrono>
#include <optional>

namespace carillon::audio {

/// Copies the frames of an uploaded MP3 to `target`, without its tags, its Xing, Info or VBRI frame, and what a program left behind the
/// last frame; returns how long they last. None if they can't be served: it isn't an MP3, other bytes are between the frames, or the format
/// changes on the way; `target` has to be discarded then. Blocks.
[[nodiscard]] Result<std::optional<std::chrono::microseconds>> copy_frames(const Body& recording, blob::Writer& target);

/// Bytes behind the last whole frame that may be left out: padding, a cut frame, or a tag that isn't known.
inline constexpr ByteCount kLongestRest{16 * 1024};

}  // namespace carillon::audio
