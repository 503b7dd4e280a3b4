#pragma once
// Converts untrusted HTML to HTML that is safe in every app and page, with an allow-list, in one pass. It builds no tree, because browsers'
// rules for broken markup (reconstructed formatting elements, the adoption agency) can turn 60 KiB into millions of nodes. Pure.

#include "base/result.hpp"

#include <string>
#include <string_view>

namespace carillon::podcast {

/// Only keeps p a ul ol li em strong code pre blockquote h3–h6 br hr, and only the attributes `href` (http, https, mailto) with a `rel`,
/// and the `start` of an ol. URLs and email addresses in the text become links. An image is replaced by its alternative text. Other
/// elements are unwrapped; code and foreign elements (script, style, svg, …) are dropped with their content. Well-formed as XML, too. Time
/// and memory are linear in the length of `html` and `most`. `html` must be UTF-8. `invalid` with the end of a sentence if it nests deeper
/// than kDeepestMarkup or the result would exceed `most` bytes.
[[nodiscard]] Result<std::string> cleaned_markup(std::string_view html, std::size_t most);

/// Nested allowed elements. Every closing tag searches through them.
inline constexpr std::size_t kDeepestMarkup = 256;
/// Nested elements in the result; deeper ones are dropped, but their text is kept.
inline constexpr std::size_t kDeepestWritten = 64;

}  // namespace carillon::podcast
