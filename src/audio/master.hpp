#pragma once
// A master: the MP3 that listeners get. It is served as three slices (tag, Info frame, frames), so that an arrangement can use its tag and
// its frames with an Info frame of its own. Whatever the rest of the program needs to know about MP3 is asked here.

#include "audio/media_program.hpp"
#include "audio/prefix.hpp"
#include "body/body.hpp"

namespace carillon::audio {

inline constexpr std::string_view kMediaType = "audio/mpeg";  // RFC 3003
inline constexpr std::string_view kFileExtension = ".mp3";

struct MasterSlices {
  Body tag;     ///< ID3v2; empty when there is none
  Body info;    ///< says how many frames follow: an arrangement has another one (info_frame())
  Body frames;  ///< bare
  [[nodiscard]] Body whole() const;
};

/// What goes before the frames; frozen when the episode is published.
[[nodiscard]] std::string prefix_of(const Tag& tag, const Mp3Stream& frames);

/// A master from its frozen prefix, which says itself where its Info frame begins. No byte is changed: where a prefix is not as prefix_of()
/// makes it, all of it is in `tag`. Blocks.
[[nodiscard]] Result<MasterSlices> slices_of(const Body& prefix, Body frames);

/// Walks over `frames`. Blocks.
[[nodiscard]] Result<Mp3Stream> stream_of(const Body& frames);

/// Whether `frames` are fit for a master: of constant bitrate, self-contained, of `format`, and as long as `duration`. A decoder that a
/// recording has taken over could hand over anything. Blocks.
[[nodiscard]] Result<> check_master(const Body& frames, Format format, std::chrono::microseconds duration);

/// Where the frame begins in which `time` falls, counted from the first frame: nothing before it is needed to decode what follows. The end
/// of `frames` for a time beyond it. `frames` are those of a master; `corrupt` when there is no frame where one must be. Blocks for two
/// small reads, however long the master is.
[[nodiscard]] Result<ByteCount> cut_at(const Body& frames, std::chrono::microseconds time);

/// The chapters in the tag of somebody's recording, as id3_chapters() has them. Blocks.
[[nodiscard]] Result<std::vector<TagChapter>> chapters_in(const Body& recording);

}  // namespace carillon::audio
