#pragma once
// HTML from anybody to HTML that is safe in every app and page, by an allow-list, in one pass. No tree is built: browsers' rules for broken
// markup (reconstructed formatting elements, the adoption agency) let 60 KiB become millions of nodes. Pure.

#include "base/result.hpp"

#include <string>
#include <string_view>

namespace carillon::podcast {

/// Only p a ul ol li em strong code pre blockquote h3–h6 br hr come out, attributes only `href` (http, https, mailto) with a `rel`, and the
/// `start` of an ol. Web and mail addresses in the text become links. A picture is replaced by its alternative text.
/// Everything else is unwrapped; what is code or foreign (script, style, svg, …) is dropped with its content. Well-formed as XML, too.
/// Time and memory are linear in the length of `html` and `most`. `html` must be UTF-8. `invalid` with a sentence about “it”, when it nests
/// deeper than kDeepestMarkup or more than `most` bytes would come out.
[[nodiscard]] Result<std::string> cleaned_markup(std::string_view html, std::size_t most);

/// Elements within each other, of those that may come out. Every closing tag looks through them.
inline constexpr std::size_t kDeepestMarkup = 256;
/// Elements within each other that come out; the text of deeper ones is kept without them.
inline constexpr std::size_t kDeepestWritten = 64;

}  // namespace carillon::podcast
