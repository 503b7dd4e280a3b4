#pragma once
// Chapters in ID3v2 tags ("ID3v2 Chapter Frame Addendum", 2005): read from uploaded recordings, written into masters.

#include "audio/file_tags.hpp"
#include "base/bytes.hpp"

#include <chrono>
#include <functional>
#include <string>
#include <vector>

namespace carillon::audio {

struct TagChapter {
  std::chrono::milliseconds start{};
  std::chrono::milliseconds end{};
  std::string title;  ///< UTF-8, one line
  std::string url;    ///< ASCII, "" if it has none
  [[nodiscard]] bool operator==(const TagChapter&) const = default;
};

/// The chapters of the ID3v2.3 or 2.4 tag at the start of `bytes`, sorted by start; at most kMaxTagChapters. `bytes` may be the first part
/// of a longer tag. Truncated, broken, compressed or encrypted frames are skipped, because the recording matters more than its tag.
[[nodiscard]] std::vector<TagChapter> id3_chapters(std::span<const std::byte> bytes);

/// Title, artist, album and date of the same tag.
[[nodiscard]] FileTags id3_file_tags(std::span<const std::byte> bytes);
/// Those of an ID3v1 tag (128 bytes, Latin-1); empty if it isn't one.
[[nodiscard]] FileTags id3v1_file_tags(std::span<const std::byte> bytes);

/// The frames for a tag of version 2.4: one table of contents and each chapter with title and link; the first kMaxInContents. "" for none.
/// Their byte offsets are marked as unknown with 0xFF bytes, as the addendum requires; none of this looks like a layer III header.
[[nodiscard]] std::string chapter_frames(const std::vector<TagChapter>& chapters);

/// Moves the chapters of a tag: `move` gets each one without title and URL and changes its times, which are written in place, so the tag's
/// length doesn't change. Only tags as id3_tag() writes them (version 2.4, no unsynchronisation, no extended header) are changed.
void move_chapters(std::string& tag, const std::function<void(TagChapter&)>& move);

inline constexpr std::size_t kMaxTagChapters = 1000;
inline constexpr std::size_t kMaxInContents = 255;    ///< the count is one byte
inline constexpr std::size_t kLongestTagText = 1024;  ///< bytes
inline constexpr ByteCount kLargestTagRead{
    4ULL << 20};  ///< read from the start of a recording; only tags with a picture in each chapter are larger

}  // namespace carillon::audio
