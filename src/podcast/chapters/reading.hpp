#pragma once
// Reads chapters in the formats of other programs. Pure.

#include "podcast/chapters/chapters.hpp"
#include "podcast/texts/encoding.hpp"

namespace carillon::podcast {

struct ReadChapters {
  Chapters chapters;
  std::vector<std::string> repairs{};  ///< what was corrected, in sentences for the publisher
};

/// The chapters in `bytes`, an uploaded file in `language`. The format is recognized by its contents: JSON of the Podcasting 2.0 namespace,
/// Podlove's JSON, Podlove Simple Chapters (XML, also within a feed), or lines of text: MP4Chaps ("00:01:00.000 Title"), Audacity's labels.
/// `invalid` has the place and the error, or the field "charset" for an unrecognized encoding (decode_text()); `too_large` beyond the
/// limits of chapters.hpp.
[[nodiscard]] Result<ReadChapters> read_chapters(std::string_view bytes, const texts::Charset& charset, std::string_view language);

/// The times at the start or end of lines in show notes (Markdown or HTML) with the rest of their lines: "12:30 The bell". Empty if there
/// are fewer than kLeastInNotes, or if they aren't in order: then they aren't chapters.
[[nodiscard]] std::vector<Chapter> chapters_in_notes(std::string_view notes);

inline constexpr std::size_t kLeastInNotes = 2;

}  // namespace carillon::podcast
