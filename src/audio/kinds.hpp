#pragma once
// Detects the kind of an uploaded file by its first bytes.

#include "base/result.hpp"

#include <span>

namespace carillon::audio {

/// The number of bytes that are checked.
inline constexpr std::size_t kSniffed = 64;

/// `invalid` with the kind if these first bytes (kSniffed, or all there are) belong to a known but unsupported kind of file: an AMR file, a
/// picture, an archive. Success doesn't mean that it is a recording: unknown files may be MP3s. Pure.
[[nodiscard]] Result<> check_recording_kind(std::span<const std::byte> beginning);
/// Whether these are the first bytes of a recording that only carillon-media can read: neither a WAV file nor, perhaps, an MP3. Pure.
[[nodiscard]] bool needs_probe(std::span<const std::byte> beginning);
/// The same for a file whose purpose isn't known yet: images that can be covers are accepted.
[[nodiscard]] Result<> check_file_kind(std::span<const std::byte> beginning);

}  // namespace carillon::audio
