#pragma once
// What a WAV file says besides its sound: names and dates, and marks that editors call markers or cues.

#include "audio/file_tags.hpp"
#include "audio/id3_chapters.hpp"

namespace carillon::audio {

struct RiffMetadata {
  FileTags tags;
  std::vector<TagChapter> chapters;  ///< marks that have a name, by time
};

/// Reads the INFO list, the "cue " and "adtl" chunks (Multimedia Programming Interface 1.0), "bext" (EBU Tech 3285) and an ID3 tag in "id3
/// " of the file behind `descriptor`. What is cut or wrong is left out: the recording matters more. Blocks for small reads.
[[nodiscard]] RiffMetadata read_riff_metadata(int descriptor, std::uint32_t sample_rate);

inline constexpr std::size_t kLargestRiffChunk = 256 * 1024;  ///< of one with metadata; longer ones are read up to here

}  // namespace carillon::audio
