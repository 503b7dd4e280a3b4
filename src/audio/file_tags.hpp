#pragma once
// What a recording says about itself: title, artist, album, date. Defaults for publishers, who decide what to use.

#include "base/bytes.hpp"

#include <string>
#include <string_view>

namespace carillon::audio {

/// UTF-8, one line each, at most kLongestFileTag bytes; "" if the file doesn't say.
struct FileTags {
  std::string title;
  std::string artist;
  std::string album;
  std::string date;  ///< as it is in the file: "2026-11-30", "2026", …
  [[nodiscard]] bool is_empty() const noexcept { return title.empty() && artist.empty() && album.empty() && date.empty(); }
  [[nodiscard]] bool operator==(const FileTags&) const = default;
};
inline constexpr std::size_t kLongestFileTag = 400;

/// A text of a file as one clean line: without control characters and bytes that aren't UTF-8.
[[nodiscard]] std::string clean_file_tag(std::string_view text);

}  // namespace carillon::audio
