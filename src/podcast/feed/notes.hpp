#pragma once
// Show notes: Markdown from a publisher to HTML that is safe in every app and page. Time, memory and output are bounded for any input, but
// it can take some milliseconds: for worker threads, not for event loops. Pure.

#include "base/result.hpp"

#include <string>
#include <string_view>

namespace carillon::podcast {

/// The HTML of `markdown` (see markup.hpp for the result). `invalid` about `field` if it is longer than kLongestMarkdown or would need more
/// time or space than notes should: the message has the limit and what to do.
[[nodiscard]] Result<std::string> safe_html(std::string_view markdown, std::string_view field = "notes");

/// The replacement for notes that safe_html() rejects: the beginning of their text, as one paragraph of the same safe HTML.
[[nodiscard]] std::string unformatted_html(std::string_view markdown);

/// The beginning of safe HTML, at most `limit` bytes of it: cut in the text between characters, with “…”; open elements are closed.
/// Unchanged if it fits.
[[nodiscard]] std::string shortened_html(std::string_view safe_html, std::size_t limit);

/// The text of safe HTML, paragraphs and items on lines of their own.
[[nodiscard]] std::string plain_text(std::string_view safe_html);

inline constexpr std::size_t kLongestMarkdown = 64 * 1024;    ///< bytes
inline constexpr std::size_t kLongestNotesHtml = 256 * 1024;  ///< bytes; every feed reader downloads it
inline constexpr std::size_t kLongestText = 4000;             ///< bytes of a description in the feed, as HTML (directories reject more)

}  // namespace carillon::podcast
