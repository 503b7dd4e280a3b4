#pragma once
// Chapters and transcripts are files of the store, named by their digest; the database says which. All of this blocks.

#include "blob/store.hpp"
#include "podcast/chapters/chapters.hpp"
#include "podcast/model/show.hpp"

namespace carillon::podcast {

/// Durable in the store when it returns.
Result<StoredText> keep_text(blob::Store& media, std::string_view text);
/// The whole text.
Result<std::string> read_text(blob::Store& media, const StoredText& text);
/// The chapters that are stored for `episode`; none when it has none.
Result<Chapters> chapters_of(blob::Store& media, const Episode& episode);

}  // namespace carillon::podcast
