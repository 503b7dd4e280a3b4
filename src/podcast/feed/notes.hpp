#pragma once
// Show notes: Markdown from a publisher to HTML that is safe in every app and page. Bounded in time, memory and output whatever they are
// made of, and still work of some milliseconds: for worker threads, not for event loops. Pure.

#include "base/result.hpp"

#include <string>
#include <string_view>

namespace carillon::podcast {

/// The HTML of `markdown` (see markup.hpp for what comes out). `invalid` about `field` when it is longer than kLongestMarkdown or
/// made so that it would take more time or space than notes need: the sentence says which limit, and what to do.
[[nodiscard]] Result<std::string> safe_html(std::string_view markdown, std::string_view field = "notes");

/// What is shown in the place of notes that safe_html() refuses: the beginning of their text, as one paragraph of the same safe HTML.
[[nodiscard]] std::string unformatted_html(std::string_view markdown);

/// The beginning of safe HTML, at most `limit` bytes of it: cut within text, between characters, with “…” there; what is open is closed.
/// All of it when it fits.
[[nodiscard]] std::string shortened_html(std::string_view safe_html, std::size_t limit);

/// The text of safe HTML, paragraphs and items on lines of their own.
[[nodiscard]] std::string plain_text(std::string_view safe_html);

inline constexpr std::size_t kLongestMarkdown = 64 * 1024;    ///< bytes
inline constexpr std::size_t kLongestNotesHtml = 256 * 1024;  ///< bytes; each reader of a feed downloads it
inline constexpr std::size_t kLongestText = 4000;             ///< bytes of a description in the feed, as HTML (directories refuse more)

}  // namespace carillon::podcast
