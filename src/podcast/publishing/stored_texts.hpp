#pragma once
// Chapters and transcripts are files of the store, named by their digest; the database has the digests. All functions block.

#include "blob/store.hpp"
#include "podcast/chapters/chapters.hpp"
#include "podcast/model/show.hpp"

namespace carillon::podcast {

/// Durable once it returns.
Result<StoredText> keep_text(blob::Store& media, std::string_view text);
/// The whole text.
Result<std::string> read_text(blob::Store& media, const StoredText& text);
/// The stored chapters of `episode`; none if it has none.
Result<Chapters> chapters_of(blob::Store& media, const Episode& episode);

}  // namespace carillon::podcast
