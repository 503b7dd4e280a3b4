// See notes.hpp.

#include "podcast/notes.hpp"

#include "base/text.hpp"

#include <cmark.h>
#include <gumbo.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <memory>

namespace carillon::podcast {
namespace {

/// Deeper markup is a mistake or an attack; its text is kept without it.
constexpr int kDeepest = 64;
/// Gumbo looks through all open elements for every new one: 64 KiB of ">" would take a quarter of a minute. What nests deeper than this is
/// taken for text.
constexpr int kDeepestParsed = 512;

struct FreeGumbo {
  void operator()(GumboOutput* output) const noexcept { gumbo_destroy_output(&kGumboDefaultOptions, output); }
};
using Parsed = std::unique_ptr<GumboOutput, FreeGumbo>;

/// "" for what is unwrapped.
std::string_view kept_as(GumboTag tag) {
  switch (tag) {
    case GUMBO_TAG_P:
      return "p";
    case GUMBO_TAG_A:
      return "a";
    case GUMBO_TAG_UL:
      return "ul";
    case GUMBO_TAG_OL:
      return "ol";
    case GUMBO_TAG_LI:
      return "li";
    case GUMBO_TAG_EM:
    case GUMBO_TAG_I:
      return "em";
    case GUMBO_TAG_STRONG:
    case GUMBO_TAG_B:
      return "strong";
    case GUMBO_TAG_CODE:
      return "code";
    case GUMBO_TAG_PRE:
      return "pre";
    case GUMBO_TAG_BLOCKQUOTE:
      return "blockquote";
    // The page has its own first and second heading.
    case GUMBO_TAG_H1:
    case GUMBO_TAG_H2:
    case GUMBO_TAG_H3:
      return "h3";
    case GUMBO_TAG_H4:
      return "h4";
    case GUMBO_TAG_H5:
      return "h5";
    case GUMBO_TAG_H6:
      return "h6";
    case GUMBO_TAG_BR:
      return "br";
    case GUMBO_TAG_HR:
      return "hr";
    default:
      return {};
  }
}

bool dropped_whole(const GumboElement& element) {
  if (element.tag_namespace != GUMBO_NAMESPACE_HTML) return true;  // SVG and MathML
  constexpr std::array kDropped{GUMBO_TAG_SCRIPT,   GUMBO_TAG_STYLE,    GUMBO_TAG_IFRAME,   GUMBO_TAG_OBJECT,   GUMBO_TAG_EMBED,
                                GUMBO_TAG_TEMPLATE, GUMBO_TAG_NOSCRIPT, GUMBO_TAG_TEXTAREA, GUMBO_TAG_TITLE,    GUMBO_TAG_HEAD,
                                GUMBO_TAG_SELECT,   GUMBO_TAG_XMP,      GUMBO_TAG_NOEMBED,  GUMBO_TAG_NOFRAMES, GUMBO_TAG_PLAINTEXT};
  return std::ranges::find(kDropped, element.tag) != kDropped.end();
}

/// An address a reader may be sent to; browsers ignore blanks and control characters in a scheme, so they are gone before it is looked at.
std::string safe_address(std::string_view address) {
  std::string clean;
  for (const char c : address) {
    if (static_cast<unsigned char>(c) > 0x20 && c != 0x7F) clean += c;
  }
  const auto lower = lower_ascii(clean);
  for (const std::string_view scheme : {"https://", "http://", "mailto:"}) {
    if (lower.starts_with(scheme) && lower.size() > scheme.size()) return clean;
  }
  return {};
}

void write(const GumboNode& node, int depth, std::string& out);

void write_children(const GumboNode& node, int depth, std::string& out) {
  const auto& children = node.type == GUMBO_NODE_DOCUMENT ? node.v.document.children : node.v.element.children;
  for (unsigned i = 0; i < children.length; ++i) write(*static_cast<const GumboNode*>(children.data[i]), depth + 1, out);
}

void write_element(const GumboNode& node, int depth, std::string& out) {
  const auto& element = node.v.element;
  if (dropped_whole(element)) return;
  auto tag = depth > kDeepest ? std::string_view{} : kept_as(element.tag);
  if (tag == "br" || tag == "hr") {
    out.append("<").append(tag).append(" />");
    return;
  }
  std::string attributes;
  if (tag == "a") {
    const auto* href = gumbo_get_attribute(&element.attributes, "href");
    const auto address = href ? safe_address(href->value) : std::string{};
    if (address.empty())
      tag = {};
    else
      attributes = " href=\"" + escaped_markup(clean_for_xml(address)) + "\" rel=\"noopener nofollow\"";
  }
  if (!tag.empty()) out.append("<").append(tag).append(attributes).append(">");
  write_children(node, depth, out);
  if (!tag.empty()) out.append("</").append(tag).append(">");
}

void write(const GumboNode& node, int depth, std::string& out) {
  // The recursion is bounded by the cut below, not by what a stranger nests.
  constexpr int kDeepestRecursion = 400;
  if (depth > kDeepestRecursion) return;
  switch (node.type) {
    case GUMBO_NODE_TEXT:
    case GUMBO_NODE_WHITESPACE:
    case GUMBO_NODE_CDATA:
      out += escaped_markup(clean_for_xml(node.v.text.text));
      break;
    case GUMBO_NODE_ELEMENT:
      write_element(node, depth, out);
      break;
    case GUMBO_NODE_DOCUMENT:
      write_children(node, depth, out);
      break;
    default:
      break;
  }
}

void write_text(const GumboNode& node, int depth, std::string& out) {
  constexpr int kDeepestRecursion = 400;
  if (depth > kDeepestRecursion) return;
  if (node.type == GUMBO_NODE_TEXT || node.type == GUMBO_NODE_WHITESPACE) out += node.v.text.text;
  if (node.type != GUMBO_NODE_ELEMENT) return;
  const auto tag = node.v.element.tag;
  if (tag == GUMBO_TAG_BR) out += '\n';
  for (unsigned i = 0; i < node.v.element.children.length; ++i)
    write_text(*static_cast<const GumboNode*>(node.v.element.children.data[i]), depth + 1, out);
  const bool block = tag == GUMBO_TAG_P || tag == GUMBO_TAG_LI || tag == GUMBO_TAG_H3 || tag == GUMBO_TAG_H4 || tag == GUMBO_TAG_H5 ||
                     tag == GUMBO_TAG_H6 || tag == GUMBO_TAG_PRE;
  if (block && !out.ends_with('\n')) out += '\n';
}

/// Does it open more elements than it closes, by more than kDeepestParsed? Counted roughly, to know beforehand whether parsing is worth it.
bool nests_too_deep(std::string_view html) {
  constexpr std::array<std::string_view, 14> kCloseThemselves{"p",  "li", "dd",  "dt",    "tr",  "td",     "th",
                                                              "br", "hr", "img", "input", "wbr", "option", "source"};
  int depth = 0;
  for (auto at = html.find('<'); at != std::string_view::npos; at = html.find('<', at)) {
    html.remove_prefix(at + 1);
    at = 0;
    const bool closes = html.starts_with('/');
    const auto name = lower_ascii(
        html.substr(closes, html.substr(closes).find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")));
    if (name.empty() || std::ranges::find(kCloseThemselves, name) != kCloseThemselves.end()) continue;
    depth = closes ? std::max(0, depth - 1) : depth + 1;
    if (depth > kDeepestParsed) return true;
  }
  return false;
}

Parsed parsed(const std::string& html) { return Parsed{gumbo_parse_with_options(&kGumboDefaultOptions, html.data(), html.size())}; }

}  // namespace

std::string safe_html(std::string_view markdown) {
  const auto clean = clean_for_xml(markdown);
  // Raw HTML passes here and is judged below, with all the rest: one gate, not two.
  const std::unique_ptr<char, decltype(&std::free)> rendered{cmark_markdown_to_html(clean.data(), clean.size(), CMARK_OPT_UNSAFE),
                                                             &std::free};
  const std::string html = rendered.get();
  if (nests_too_deep(html)) return "<p>" + escaped_markup(clean) + "</p>";
  const auto tree = parsed(html);
  std::string out;
  write(*tree->root, 0, out);
  return std::string(trimmed(out));
}

std::string plain_text(std::string_view safe_html) {
  const std::string html(safe_html);
  const auto tree = parsed(html);
  std::string out;
  write_text(*tree->root, 0, out);
  return std::string(trimmed(out));
}

}  // namespace carillon::podcast
