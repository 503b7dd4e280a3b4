#pragma once
// A master: the MP3 that listeners get. It is served as three slices (tag, Info frame, frames), so that an arrangement can use its tag and
// frames with a different Info frame. The rest of the program uses this for everything about MP3.

#include "audio/media_program.hpp"
#include "audio/prefix.hpp"
#include "body/body.hpp"

namespace carillon::audio {

inline constexpr std::string_view kMediaType = "audio/mpeg";  // RFC 3003
inline constexpr std::string_view kFileExtension = ".mp3";

struct MasterSlices {
  Body tag;     ///< ID3v2; empty if there is none
  Body info;    ///< contains the number of frames; an arrangement has a different one (info_frame())
  Body frames;  ///< bare
  [[nodiscard]] Body whole() const;
};

/// The bytes before the frames; frozen when the episode is published.
[[nodiscard]] std::string prefix_of(const Tag& tag, const Mp3Stream& frames);

/// A master from its frozen prefix, in which the Info frame can be found. No byte is changed: a prefix that isn't in the format of
/// prefix_of() goes entirely into `tag`. Blocks.
[[nodiscard]] Result<MasterSlices> slices_of(const Body& prefix, Body frames);

/// Walks over `frames`. Blocks.
[[nodiscard]] Result<Mp3Stream> stream_of(const Body& frames);

/// Whether `frames` are suitable for a master: constant bitrate, self-contained, in `format`, and as long as `duration`. A compromised
/// decoder could return anything. Blocks.
[[nodiscard]] Result<> check_master(const Body& frames, Format format, std::chrono::microseconds duration);

/// The offset of the frame that contains `time`, from the first frame; nothing before it is needed to decode what follows. Returns the end
/// of `frames` for a later time. `frames` must be those of a master; `corrupt` if a frame is missing where one should start. Blocks for two
/// small reads, regardless of the length.
[[nodiscard]] Result<ByteCount> cut_at(const Body& frames, std::chrono::microseconds time);

/// The chapters in the tag of an uploaded recording; see id3_chapters(). Blocks.
[[nodiscard]] Result<std::vector<TagChapter>> chapters_in(const Body& recording);

}  // namespace carillon::audio
