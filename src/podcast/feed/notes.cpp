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
#include <optional>
#include <utility>
#include <vector>

namespace carillon::podcast {
namespace {

std::unexpected<Error> too_much(std::string_view field, std::string_view what) {
  return fail(ErrorKind::invalid, "“" + std::string(field) + "” " + std::string(what) + "; please simplify it.", std::string(field));
}

using Node = std::unique_ptr<cmark_node, decltype(&cmark_node_free)>;

/// The lines of a text as cmark counts them.
std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const auto end = text.find_first_of("\r\n");
    lines.push_back(text.substr(0, end));
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + (text.substr(end).starts_with("\r\n") ? 2 : 1));
  }
  return lines;
}

/// The number that an item of an ordered list was written with; none where it can't be found again.
std::optional<std::uint64_t> number_of(cmark_node* item, const std::vector<std::string_view>& lines) {
  const auto line = static_cast<std::size_t>(cmark_node_get_start_line(item)),
             column = static_cast<std::size_t>(cmark_node_get_start_column(item));
  if (line < 1 || line > lines.size() || column < 1 || column > lines[line - 1].size()) return {};
  auto text = lines[line - 1].substr(column - 1);
  text = text.substr(0, text.find_first_not_of("0123456789"));
  return parse_number(text);
}

/// Whether an ordered list counts: 1, 2, 3, or from any other number on when it has several items, or the same number before each, as
/// Markdown allows. Others are sentences that begin with a number, a year as a rule.
bool counts(const std::vector<std::optional<std::uint64_t>>& numbers) {
  if (numbers.size() < 2) return numbers.empty() || numbers.front().value_or(1) <= 1;
  if (!std::ranges::all_of(numbers, [](const auto& number) { return number.has_value(); })) return true;
  if (std::ranges::all_of(numbers, [&](const auto& number) { return number == numbers.front(); })) return true;
  for (std::size_t i = 1; i < numbers.size(); ++i) {
    if (*numbers[i] != *numbers[i - 1] + 1) return false;
  }
  return true;
}

/// Puts the number back in front of what an item says, and the item's content in the place of its list.
void unwrap(cmark_node* list, const std::vector<std::optional<std::uint64_t>>& numbers) {
  const std::string mark = cmark_node_get_list_delim(list) == CMARK_PAREN_DELIM ? ") " : ". ";
  std::size_t index = 0;
  while (auto* item = cmark_node_first_child(list)) {
    auto* first = cmark_node_first_child(item);
    Node text{cmark_node_new(CMARK_NODE_TEXT), &cmark_node_free};
    cmark_node_set_literal(text.get(), (std::to_string(numbers[index++].value_or(0)) + mark).c_str());
    if (first && cmark_node_get_type(first) == CMARK_NODE_PARAGRAPH) {
      cmark_node_prepend_child(first, text.release());
    } else {
      auto* paragraph = cmark_node_new(CMARK_NODE_PARAGRAPH);
      cmark_node_append_child(paragraph, text.release());
      cmark_node_insert_before(list, paragraph);
    }
    while (auto* child = cmark_node_first_child(item)) cmark_node_insert_before(list, child);
    cmark_node_unlink(item);
    cmark_node_free(item);
  }
  cmark_node_unlink(list);
  cmark_node_free(list);
}

/// Numbers that are no list's are text again.
void keep_numbers(cmark_node* document, std::string_view markdown) {
  const auto lines = lines_of(markdown);
  std::vector<cmark_node*> lists;
  const std::unique_ptr<cmark_iter, decltype(&cmark_iter_free)> walk{cmark_iter_new(document), &cmark_iter_free};
  for (auto event = cmark_iter_next(walk.get()); event != CMARK_EVENT_DONE; event = cmark_iter_next(walk.get())) {
    auto* node = cmark_iter_get_node(walk.get());
    if (event == CMARK_EVENT_EXIT && cmark_node_get_type(node) == CMARK_NODE_LIST && cmark_node_get_list_type(node) == CMARK_ORDERED_LIST)
      lists.push_back(node);  // those within others come first
  }
  for (auto* list : lists) {
    std::vector<std::optional<std::uint64_t>> numbers;
    for (auto* item = cmark_node_first_child(list); item; item = cmark_node_next(item)) numbers.push_back(number_of(item, lines));
    if (!numbers.empty() && !numbers.front()) numbers.front() = static_cast<std::uint64_t>(cmark_node_get_list_start(list));
    if (!counts(numbers)) unwrap(list, numbers);
  }
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
  const Node document{cmark_parse_document(clean.data(), clean.size(), CMARK_OPT_DEFAULT), &cmark_node_free};
  keep_numbers(document.get(), clean);
  // Raw HTML passes here and is judged below, with all the rest: one gate, not two. A line end is meant as one: notes are written in fields
  // that wrap by themselves.
  const std::unique_ptr<char, decltype(&std::free)> rendered{cmark_render_html(document.get(), CMARK_OPT_UNSAFE | CMARK_OPT_HARDBREAKS),
                                                             &std::free};
  auto html = cleaned_markup(rendered.get(), kLongestNotesHtml);
  if (!html) return too_much(field, html.error().message);
  return html;
}

std::string unformatted_html(std::string_view markdown) {
  return "<p>" + escaped_markup(clean_for_xml(trimmed(cut_to(markdown, kLongestText)))) + "</p>";
}

std::string shortened_html(std::string_view safe_html, std::size_t limit) {
  if (safe_html.size() <= limit) return std::string(safe_html);
  constexpr std::string_view kMore = "…";
  constexpr std::string_view kBlanks = " \t\n";
  std::string result;
  std::vector<std::string_view> open;  // names, the outermost first
  std::size_t closing = 0;             // bytes of what closes them
  const auto closing_of = [](std::string_view name) { return name.size() + 3; };
  const auto room = [&] {
    const auto taken = result.size() + closing + kMore.size();
    return limit > taken ? limit - taken : 0;
  };
  bool cut = false;
  while (!safe_html.empty() && !cut) {
    if (safe_html.front() == '<') {
      const auto tag = safe_html.substr(0, std::min(safe_html.find('>'), safe_html.size() - 1) + 1);
      const bool closes = tag.starts_with("</"), alone = tag.ends_with("/>");
      const auto name = tag.substr(closes ? 2 : 1, tag.find_first_of(" />", closes ? 2 : 1) - (closes ? 2 : 1));
      if (closes) {
        // Its room was kept.
        if (!open.empty()) open.pop_back(), closing -= closing_of(name);
      } else if (room() < tag.size() + (alone ? 0 : closing_of(name))) {
        cut = true;
        continue;
      } else if (!alone) {
        open.push_back(name);
        closing += closing_of(name);
      }
      result += tag;
      safe_html.remove_prefix(tag.size());
      continue;
    }
    // Text up to the next tag; never within a character or a reference.
    auto text = safe_html.substr(0, safe_html.find('<'));
    if (text.size() > room()) {
      cut = true;
      text = cut_to(text, room());
      if (const auto reference = text.rfind('&');
          reference != std::string_view::npos && text.find(';', reference) == std::string_view::npos)
        text = text.substr(0, reference);
      // Between words, where there are any.
      if (const auto blank = text.find_last_of(kBlanks); blank != std::string_view::npos) text = text.substr(0, blank);
    }
    result += text;
    safe_html.remove_prefix(text.size());
  }
  while (!result.empty() && kBlanks.contains(result.back())) result.pop_back();
  // A list has items alone.
  for (; !open.empty() && (open.back() == "ul" || open.back() == "ol"); open.pop_back())
    result.append("</").append(open.back()).append(">");
  result += kMore;
  for (auto name = open.rbegin(); name != open.rend(); ++name) result.append("</").append(*name).append(">");
  return result;
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
