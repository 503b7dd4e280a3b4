#pragma once
// Show notes: Markdown from a publisher to HTML that is safe in every app and page, by an allow-list. Pure.

#include <string>
#include <string_view>

namespace carillon::podcast {

/// Only p a ul ol li em strong code pre blockquote h3–h6 br hr come out, attributes only `href` (http, https, mailto) with a `rel`.
/// Everything else is unwrapped; what is code or foreign (script, style, svg, …) is dropped with its content. Well-formed as XML, too.
[[nodiscard]] std::string safe_html(std::string_view markdown);

/// The text of safe HTML, paragraphs and items on lines of their own.
[[nodiscard]] std::string plain_text(std::string_view safe_html);

}  // namespace carillon::podcast
