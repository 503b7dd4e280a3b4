// See stored_texts.hpp.

#include "podcast/publishing/stored_texts.hpp"

namespace carillon::podcast {

Result<StoredText> keep_text(blob::Store& media, std::string_view text) {
  auto writer = media.begin(ByteCount{text.size()});
  if (!writer) return forward_error(writer);
  if (auto written = (*writer)->write(as_bytes(text)); !written) return forward_error(written);
  const auto kept = (*writer)->keep();
  if (!kept) return std::unexpected(kept.error());
  return StoredText{.digest = kept->digest, .length = kept->length};
}

Result<std::string> read_text(blob::Store& media, const StoredText& text) {
  const auto body = media.open(text.digest);
  if (!body) return std::unexpected(body.error());
  return whole(*body);
}

Result<Chapters> chapters_of(blob::Store& media, const Episode& episode) {
  if (!episode.chapters) return Chapters{};
  const auto text = read_text(media, *episode.chapters);
  if (!text) return std::unexpected(text.error());
  return parse_chapters(*text);
}

}  // namespace carillon::podcast
