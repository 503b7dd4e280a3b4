// See references.hpp.

#include "podcast/feed/references.hpp"

#include "base/utf8.hpp"

#include <cmark.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <memory>
#include <optional>

namespace carillon::podcast {
namespace {

/// "&CounterClockwiseContourIntegral;" is the longest name there is.
constexpr std::size_t kLongestReference = 33;
constexpr std::uint32_t kReplacement = 0xFFFD;

/// What numbers from 128 to 159 mean: authors meant Windows-1252 (HTML §13.2.5.80).
constexpr std::array<std::uint16_t, 32> kWindows1252{0x20AC, 0x81,   0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
                                                     0x2039, 0x0152, 0x8D,   0x017D, 0x8F,   0x90,   0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
                                                     0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x9D,   0x017E, 0x0178};

bool is_alphanumeric(char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); }

std::uint32_t scalar_of(std::uint32_t number) {
  if (number >= 0x80 && number < 0xA0) return kWindows1252[number - 0x80];
  const bool surrogate = number >= 0xD800 && number <= 0xDFFF;
  return number == 0 || surrogate || number > 0x10FFFF ? kReplacement : number;
}

/// Of "#233" or "#xE9".
std::optional<std::string> by_number(std::string_view text) {
  text.remove_prefix(1);
  const bool hex = text.starts_with('x') || text.starts_with('X');
  if (hex) text.remove_prefix(1);
  if (text.empty()) return {};
  std::uint32_t number = 0;
  const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), number, hex ? 16 : 10);
  if (end != text.data() + text.size()) return {};
  std::string character;
  append_utf8(character, wrong == std::errc{} ? scalar_of(number) : kReplacement);
  return character;
}

/// Of "eacute". cmark knows all 2,125 names of HTML; a text of nothing but one reference is the way to ask it.
std::optional<std::string> by_name(std::string_view name) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 6> kCommon{
      {{"amp", "&"}, {"lt", "<"}, {"gt", ">"}, {"quot", "\""}, {"apos", "'"}, {"nbsp", "\xC2\xA0"}}};
  if (const auto known = std::ranges::find(kCommon, name, &std::pair<std::string_view, std::string_view>::first); known != kCommon.end())
    return std::string(known->second);
  constexpr std::string_view kBefore = "<p>", kAfter = "</p>\n";
  const auto text = "&" + std::string(name) + ";";
  const std::unique_ptr<char, decltype(&std::free)> rendered{cmark_markdown_to_html(text.data(), text.size(), CMARK_OPT_DEFAULT),
                                                             &std::free};
  std::string_view meaning = rendered.get();
  if (!meaning.starts_with(kBefore) || !meaning.ends_with(kAfter)) return {};
  meaning.remove_prefix(kBefore.size());
  meaning.remove_suffix(kAfter.size());
  // Escaped again, it is an unknown name or one of the few that the table above has under another name ("AMP").
  if (meaning == "&amp;" + text.substr(1)) return {};
  if (meaning == "&amp;") return "&";
  if (meaning == "&lt;") return "<";
  if (meaning == "&gt;") return ">";
  if (meaning == "&quot;") return "\"";
  return std::string(meaning);
}

}  // namespace

std::string with_references_resolved(std::string_view raw) {
  std::string result;
  result.reserve(raw.size());
  while (!raw.empty()) {
    const auto ampersand = raw.find('&');
    result += raw.substr(0, ampersand);
    if (ampersand == std::string_view::npos) break;
    raw.remove_prefix(ampersand);
    const auto body = raw.substr(1, kLongestReference - 1);
    const auto length = static_cast<std::size_t>(
        std::ranges::find_if(body, [&](const char& c) { return !is_alphanumeric(c) && !(c == '#' && &c == body.data()); }) - body.begin());
    std::optional<std::string> meaning;
    if (length > 0 && length < body.size() && body[length] == ';') {
      const auto name = body.substr(0, length);
      meaning = name.front() == '#' ? by_number(name) : by_name(name);
    }
    if (meaning) {
      result += *meaning;
      raw.remove_prefix(length + 2);
    } else {
      result += '&';
      raw.remove_prefix(1);
    }
  }
  return result;
}

}  // namespace carillon::podcast
