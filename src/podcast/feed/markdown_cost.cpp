// See markdown_cost.hpp.

#include "podcast/feed/markdown_cost.hpp"

#include <algorithm>
#include <string>

namespace carillon::podcast {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\t'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// "* * *": a rule, no list within a list.
bool is_rule(std::string_view line) {
  const auto first = std::ranges::find_if_not(line, is_blank);
  if (first == line.end() || !std::string_view("*-_").contains(*first)) return false;
  return std::ranges::all_of(line, [&](char c) { return is_blank(c) || c == *first; });
}

/// The length of the list marker that `line` begins with, 0 if it begins with none (CommonMark 0.30 §5.2).
std::size_t list_marker(std::string_view line) {
  constexpr std::size_t kMaxDigits = 9;
  const auto digits = static_cast<std::size_t>(std::ranges::find_if_not(line, is_digit) - line.begin());
  if (digits > kMaxDigits || digits >= line.size()) return 0;
  const bool ordered = digits > 0 && (line[digits] == '.' || line[digits] == ')');
  const bool bullet = digits == 0 && (line[0] == '-' || line[0] == '+' || line[0] == '*');
  const auto length = digits + 1;
  return (ordered || bullet) && (length == line.size() || is_blank(line[length])) ? length : 0;
}

/// How many containers may be open after `line` when at most `before` were: its own markers, and of the earlier ones those that its
/// indentation reaches, of which each takes two columns at least.
std::size_t containers_after(std::string_view line, std::size_t before) {
  constexpr std::size_t kTab = 4;
  if (is_rule(line)) return before;
  std::size_t markers = 0, columns = 0, indentation = 0;
  while (!line.empty()) {
    std::size_t marker = 0;
    if (is_blank(line.front())) {
      columns += line.front() == '\t' ? kTab : 1;
      line.remove_prefix(1);
      continue;
    }
    if (line.front() == '>')
      marker = 1;
    else if ((marker = list_marker(line)) == 0)
      break;
    ++markers;
    indentation = columns;
    line.remove_prefix(marker);
  }
  return markers == 0 ? before : std::min(indentation / 2, before) + markers;
}

}  // namespace

Result<> check_markdown_cost(std::string_view markdown) {
  if (static_cast<std::size_t>(std::ranges::count(markdown, '[')) > kMaxBrackets)
    return fail(ErrorKind::invalid, "has more than " + std::to_string(kMaxBrackets) + " opening brackets");
  std::size_t deepest = 0, steps = 0;
  while (!markdown.empty()) {
    const auto end = std::min(markdown.find_first_of("\r\n"), markdown.size());
    deepest = std::max(deepest, containers_after(markdown.substr(0, end), deepest));
    if (deepest > kDeepestContainers)
      return fail(ErrorKind::invalid, "nests lists or quotes more than " + std::to_string(kDeepestContainers) + " deep");
    steps += deepest;
    if (steps > kMaxContainerSteps) return fail(ErrorKind::invalid, "has too many lines for lists or quotes nested this deeply");
    markdown.remove_prefix(std::min(end + 1, markdown.size()));
  }
  return {};
}

}  // namespace carillon::podcast
