// Fuzz target: show notes from anybody. Whatever Markdown and HTML they are made of, only what the allow-list names comes out, well-formed.

#include "base/text.hpp"
#include "podcast/feed/notes.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <vector>

namespace {

using namespace carillon;

void check(bool holds) {
  if (!holds) std::abort();
}

constexpr std::array<std::string_view, 14> kPaired{"p",    "a",   "ul",         "ol", "li", "em", "strong",
                                                   "code", "pre", "blockquote", "h3", "h4", "h5", "h6"};

/// The attributes of a link, and nothing else, up to the bracket.
void check_link(std::string_view attributes) {
  constexpr std::string_view kBefore = " href=\"";
  constexpr std::string_view kAfter = "\" rel=\"noopener nofollow\"";
  check(attributes.starts_with(kBefore) && attributes.ends_with(kAfter) && attributes.size() > kBefore.size() + kAfter.size());
  attributes.remove_prefix(kBefore.size());
  attributes.remove_suffix(kAfter.size());
  check(attributes.find_first_of("\"'<> \t\r\n") == std::string_view::npos);
  const auto address = lower_ascii(attributes);
  check(address.starts_with("https://") || address.starts_with("http://") || address.starts_with("mailto:"));
}

/// The start of a list, a number.
void check_start(std::string_view attributes) {
  constexpr std::string_view kBefore = " start=\"";
  check(attributes.starts_with(kBefore) && attributes.ends_with('"') && attributes.size() > kBefore.size() + 1);
  attributes.remove_prefix(kBefore.size());
  attributes.remove_suffix(1);
  check(std::ranges::all_of(attributes, [](char c) { return c >= '0' && c <= '9'; }));
}

/// Reads the markup as a strict reader would: every tag known, closed in order; every ampersand an escape.
void check_markup(std::string_view html) {
  std::vector<std::string_view> open;
  for (std::size_t at = html.find_first_of("<>&\"'"); at != std::string_view::npos; at = html.find_first_of("<>&\"'")) {
    html.remove_prefix(at);
    if (html.starts_with('&')) {
      constexpr std::array<std::string_view, 5> kEscapes{"&amp;", "&lt;", "&gt;", "&quot;", "&#39;"};
      check(std::ranges::any_of(kEscapes, [&](std::string_view escape) { return html.starts_with(escape); }));
      html.remove_prefix(1);
      continue;
    }
    check(html.starts_with('<'));
    const auto end = html.find('>');
    check(end != std::string_view::npos);
    auto tag = html.substr(1, end - 1);
    html.remove_prefix(end + 1);
    if (tag == "br /" || tag == "hr /") continue;
    if (tag.starts_with('/')) {
      check(!open.empty() && open.back() == tag.substr(1));
      open.pop_back();
      continue;
    }
    const auto name = tag.substr(0, tag.find(' '));
    check(std::ranges::find(kPaired, name) != kPaired.end());
    if (name == "a")
      check_link(tag.substr(1));
    else if (name == "ol" && tag != name)
      check_start(tag.substr(name.size()));
    else
      check(name == tag);
    open.push_back(name);
  }
  check(open.empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view notes{reinterpret_cast<const char*>(data), size};
  const auto formatted = podcast::safe_html(notes);
  // Whatever they are made of, the longest HTML of a few bytes is bounded, too: what one reference or link repeats of another part is at
  // most 100,000 bytes (cmark).
  check(!formatted || formatted->size() <= podcast::kLongestNotesHtml);
  for (const auto& html : {formatted.value_or(""), podcast::unformatted_html(notes)}) {
    check(is_utf8(html) && clean_for_xml(html) == html);
    check_markup(html);
    check(is_utf8(podcast::plain_text(html)) && podcast::plain_text(html).size() <= html.size());
  }
  return 0;
}
