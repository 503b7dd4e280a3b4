// See notes.hpp.

#include "podcast/feed/notes.hpp"

#include "base/text.hpp"
#include "podcast/feed/markdown_cost.hpp"
#include "podcast/feed/markup.hpp"

#include <cmark.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <memory>

namespace carillon::podcast {
namespace {

std::unexpected<Error> too_much(std::string_view field, std::string_view what) {
  return fail(ErrorKind::invalid, "“" + std::string(field) + "” " + std::string(what) + "; please simplify it.", std::string(field));
}

}  // namespace

Result<std::string> safe_html(std::string_view markdown, std::string_view field) {
  if (markdown.size() > kLongestMarkdown)
    return fail(ErrorKind::invalid,
                "“" + std::string(field) + "” has " + std::to_string(markdown.size()) + " bytes; at most " +
                    std::to_string(kLongestMarkdown) + " are allowed.",
                std::string(field));
  const auto clean = clean_for_xml(markdown);
  if (const auto affordable = check_markdown_cost(clean); !affordable) return too_much(field, affordable.error().message);
  // Raw HTML passes here and is judged below, with all the rest: one gate, not two.
  const std::unique_ptr<char, decltype(&std::free)> rendered{cmark_markdown_to_html(clean.data(), clean.size(), CMARK_OPT_UNSAFE),
                                                             &std::free};
  auto html = cleaned_markup(rendered.get(), kLongestNotesHtml);
  if (!html) return too_much(field, html.error().message);
  return html;
}

std::string unformatted_html(std::string_view markdown) {
  return "<p>" + escaped_markup(clean_for_xml(trimmed(cut_to(markdown, kLongestText)))) + "</p>";
}

std::string plain_text(std::string_view safe_html) {
  constexpr std::array<std::string_view, 7> kEndLines{"/p", "/li", "/h3", "/h4", "/h5", "/h6", "/pre"};
  constexpr std::array<std::pair<std::string_view, char>, 5> kEscapes{
      {{"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&#39;", '\''}}};
  std::string text;
  while (!safe_html.empty()) {
    const auto special = std::min(safe_html.find_first_of("<&"), safe_html.size());
    text += safe_html.substr(0, special);
    safe_html.remove_prefix(special);
    if (safe_html.starts_with('&')) {
      const auto escape = std::ranges::find_if(kEscapes, [&](const auto& each) { return safe_html.starts_with(each.first); });
      text += escape == kEscapes.end() ? '&' : escape->second;
      safe_html.remove_prefix(escape == kEscapes.end() ? 1 : escape->first.size());
    } else if (safe_html.starts_with('<')) {
      const auto end = std::min(safe_html.find('>'), safe_html.size());
      const auto tag = safe_html.substr(1, std::max<std::size_t>(end, 1) - 1);
      const bool ends_line = std::ranges::find(kEndLines, tag) != kEndLines.end() && !text.ends_with('\n');
      if (tag == "br /" || ends_line) text += '\n';
      safe_html.remove_prefix(std::min(end + 1, safe_html.size()));
    }
  }
  return std::string(trimmed(text));
}

}  // namespace carillon::podcast
