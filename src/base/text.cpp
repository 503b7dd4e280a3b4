// See text.hpp.

#include "base/text.hpp"

#include "base/utf8.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <numeric>

#include <locale.h>
#include <wctype.h>

namespace carillon {
namespace {

bool is_space(char c) noexcept { return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\f' || c == '\v'; }
char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

/// ASCII for the letters of Latin-1 and Latin Extended-A that titles are full of; "" for the rest.
std::string_view ascii_of(char32_t code) noexcept {
  struct Range {
    char32_t first, last;
    std::string_view letter;
  };
  static constexpr Range kRanges[] = {
      {0xC0, 0xC3, "a"},   {0xC4, 0xC4, "a"},   {0xC5, 0xC5, "a"},   {0xC6, 0xC6, "ae"},   {0xC7, 0xC7, "c"},   {0xC8, 0xCB, "e"},
      {0xCC, 0xCF, "i"},   {0xD1, 0xD1, "n"},   {0xD2, 0xD6, "o"},   {0xD8, 0xD8, "o"},    {0xD9, 0xDC, "u"},   {0xDD, 0xDD, "y"},
      {0xDF, 0xDF, "ss"},  {0xE0, 0xE5, "a"},   {0xE6, 0xE6, "ae"},  {0xE7, 0xE7, "c"},    {0xE8, 0xEB, "e"},   {0xEC, 0xEF, "i"},
      {0xF1, 0xF1, "n"},   {0xF2, 0xF6, "o"},   {0xF8, 0xF8, "o"},   {0xF9, 0xFC, "u"},    {0xFD, 0xFD, "y"},   {0xFF, 0xFF, "y"},
      {0x100, 0x105, "a"}, {0x106, 0x10D, "c"}, {0x10E, 0x111, "d"}, {0x112, 0x11B, "e"},  {0x11C, 0x123, "g"}, {0x128, 0x131, "i"},
      {0x139, 0x142, "l"}, {0x143, 0x148, "n"}, {0x14C, 0x151, "o"}, {0x152, 0x153, "oe"}, {0x154, 0x159, "r"}, {0x15A, 0x161, "s"},
      {0x162, 0x167, "t"}, {0x168, 0x173, "u"}, {0x179, 0x17E, "z"}};
  for (const auto& range : kRanges) {
    if (code >= range.first && code <= range.last) return range.letter;
  }
  return {};
}

constexpr std::size_t kLongestSlug = 64;

}  // namespace

bool is_utf8(std::string_view text) noexcept {
  while (!text.empty()) {
    const auto character = first_character(text);
    if (character.length == 0) return false;
    text.remove_prefix(character.length);
  }
  return true;
}

std::string_view trimmed(std::string_view text) noexcept {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

std::string lower_ascii(std::string_view text) {
  std::string result(text);
  std::ranges::transform(result, result.begin(), lower);
  return result;
}

bool equal_ignoring_case(std::string_view a, std::string_view b) noexcept {
  return std::ranges::equal(a, b, [](char x, char y) { return lower(x) == lower(y); });
}

std::string folded(std::string_view text) {
  // The C library's table of Unicode's simple case mappings; it comes with every glibc and does not depend on the machine's language.
  static const locale_t kUnicode = newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
  std::string result;
  result.reserve(text.size());
  while (!text.empty()) {
    const auto character = first_character(text);
    if (character.length == 0 || character.code < 0x80 || kUnicode == nullptr) {
      result += lower(text.front());
      text.remove_prefix(1);
      continue;
    }
    append_utf8(result, static_cast<std::uint32_t>(towlower_l(static_cast<wint_t>(character.code), kUnicode)));
    text.remove_prefix(character.length);
  }
  return result;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (true) {
    const auto end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

std::optional<std::uint64_t> parse_number(std::string_view text) noexcept {
  std::uint64_t number = 0;
  const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (wrong != std::errc{} || end != text.data() + text.size()) return {};
  return number;
}

std::string clean_for_xml(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  while (!text.empty()) {
    const auto character = first_character(text);
    if (character.length == 0) {
      result += "\xEF\xBF\xBD";
      text.remove_prefix(1);
      continue;
    }
    const char32_t code = character.code;
    const bool allowed = code == 0x9 || code == 0xA || code == 0xD || (code >= 0x20 && code != 0xFFFE && code != 0xFFFF);
    if (allowed) result += text.substr(0, character.length);
    text.remove_prefix(character.length);
  }
  return result;
}

std::string escaped_markup(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '&':
        result += "&amp;";
        break;
      case '<':
        result += "&lt;";
        break;
      case '>':
        result += "&gt;";
        break;
      case '"':
        result += "&quot;";
        break;
      case '\'':
        result += "&#39;";
        break;
      default:
        result += c;
    }
  }
  return result;
}

std::string_view cut_to(std::string_view text, std::size_t limit) noexcept {
  if (text.size() <= limit) return text;
  while (limit > 0 && (static_cast<unsigned char>(text[limit]) & 0xC0U) == 0x80U) --limit;
  return text.substr(0, limit);
}

std::string slug_of(std::string_view text) {
  std::string slug;
  while (!text.empty() && slug.size() < kLongestSlug) {
    const auto character = first_character(text);
    const auto code = character.code;
    text.remove_prefix(std::max<std::size_t>(1, character.length));
    if (code < 0x80 && (std::string_view("abcdefghijklmnopqrstuvwxyz0123456789").contains(lower(static_cast<char>(code)))))
      slug += lower(static_cast<char>(code));
    else if (const auto letters = ascii_of(code); !letters.empty())
      slug += letters;
    else if (code != '\'' && code != 0x2019 && !slug.empty() && slug.back() != '-')
      slug += '-';
  }
  slug.resize(std::min(slug.size(), kLongestSlug));
  while (slug.ends_with('-')) slug.pop_back();
  return slug;
}

bool is_slug(std::string_view text) noexcept {
  if (text.empty() || text.size() > kLongestSlug || text.front() == '-' || text.back() == '-') return false;
  return std::ranges::all_of(text, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; });
}

std::optional<std::string_view> nearest(std::string_view word, std::span<const std::string_view> known) {
  const auto distance = [](std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), 0U);
    for (std::size_t i = 0; i < a.size(); ++i) {
      std::size_t diagonal = row[0]++;
      for (std::size_t k = 0; k < b.size(); ++k) {
        const std::size_t replaced = diagonal + (lower(a[i]) == lower(b[k]) ? 0 : 1);
        diagonal = row[k + 1];
        row[k + 1] = std::min({replaced, diagonal + 1, row[k] + 1});
      }
    }
    return row.back();
  };
  constexpr std::size_t kLongestWord = 64;  // a slip is in a word; comparing takes the product of both lengths
  if (word.size() > kLongestWord) return {};
  std::optional<std::string_view> best;
  std::size_t least = word.size() / 3 + 2;  // farther is another word, not a slip
  for (const auto candidate : known) {
    if (const auto far = distance(word, candidate); far < least) least = far, best = candidate;
  }
  return best;
}

}  // namespace carillon
