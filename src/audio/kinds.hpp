#pragma once
// The kinds of files that people have recordings in, told by their first bytes.

#include "base/result.hpp"

#include <span>

namespace carillon::audio {

/// Bytes that check_kind() looks at.
inline constexpr std::size_t kSniffed = 64;

/// `invalid`, naming the kind, when these are the first bytes (kSniffed, or all there are) of a kind of file that is known and is no
/// recording that Carillon takes: an M4A, a video, a picture. Success says little: what is not known may be an MP3. Pure.
[[nodiscard]] Result<> check_recording_kind(std::span<const std::byte> beginning);
/// The same for a file of which nobody has said yet what it is to be: pictures that are taken as covers are not refused.
[[nodiscard]] Result<> check_file_kind(std::span<const std::byte> beginning);

}  // namespace carillon::audio
