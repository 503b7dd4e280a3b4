// See excerpt.hpp.

#include "site/pages/excerpt.hpp"

#include "base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

namespace carillon::site {
namespace {

constexpr std::size_t kLongestReference = 10;  // "&#1114111;"

constexpr auto kNamed = std::to_array<std::pair<std::string_view, std::string_view>>(
    {{"amp", "&"}, {"lt", "<"}, {"gt", ">"}, {"quot", "\""}, {"apos", "'"}, {"nbsp", " "}});

std::string utf8_of(std::uint32_t code) {
  const auto byte = [](std::uint32_t value) { return static_cast<char>(static_cast<unsigned char>(value)); };
  if (code < 0x80) return {byte(code)};
  if (code < 0x800) return {byte(0xC0 | (code >> 6)), byte(0x80 | (code & 0x3F))};
  if (code < 0x10000) return {byte(0xE0 | (code >> 12)), byte(0x80 | ((code >> 6) & 0x3F)), byte(0x80 | (code & 0x3F))};
  return {byte(0xF0 | (code >> 18)), byte(0x80 | ((code >> 12) & 0x3F)), byte(0x80 | ((code >> 6) & 0x3F)), byte(0x80 | (code & 0x3F))};
}

/// What "&name;" means, given "name".
std::optional<std::string> resolved(std::string_view name) {
  for (const auto& [known, text] : kNamed) {
    if (name == known) return std::string{text};
  }
  if (!name.starts_with('#')) return {};
  name.remove_prefix(1);
  const bool hex = name.starts_with('x') || name.starts_with('X');
  if (hex) name.remove_prefix(1);
  std::uint32_t code = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), code, hex ? 16 : 10);
  if (error != std::errc{} || end != name.data() + name.size() || code < 0x20 || code > 0x10FFFF || (code >= 0xD800 && code < 0xE000))
    return {};
  return utf8_of(code);
}

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f'; }

}  // namespace

std::string text_of(std::string_view html, std::size_t most) {
  std::string text;
  const auto space = [&] {
    if (!text.empty() && text.back() != ' ') text += ' ';
  };
  for (std::size_t i = 0; i < html.size() && text.size() <= most; ++i) {
    const char c = html[i];
    if (c == '<') {
      const auto end = html.find('>', i);
      if (end == std::string_view::npos) break;
      // Inline elements do not part words; everything else does.
      auto name = html.substr(i + 1, end - i - 1);
      if (name.starts_with('/')) name.remove_prefix(1);
      name = name.substr(0, name.find_first_of(" \t\n/"));
      constexpr auto kInline =
          std::to_array<std::string_view>({"a", "em", "strong", "b", "i", "code", "u", "s", "del", "sub", "sup", "span"});
      if (std::ranges::find(kInline, name) == kInline.end()) space();
      i = end;
    } else if (is_space(c)) {
      space();
    } else if (c == '&') {
      const auto length = html.substr(i, kLongestReference).find(';');
      const auto meaning = length != std::string_view::npos ? resolved(html.substr(i + 1, length - 1)) : std::nullopt;
      if (meaning == " ") {
        space();
      } else {
        text += meaning ? *meaning : "&";
      }
      if (meaning) i += length;
    } else {
      text += c;
    }
  }
  while (text.ends_with(' ')) text.pop_back();
  return text;
}

std::string beginning_of(std::string_view text, std::size_t limit) {
  if (text.size() <= limit) return std::string{text};
  auto beginning = cut_to(text, limit);
  // A last word that goes on is left out, unless there is only the one.
  if (const auto word = beginning.rfind(' '); word != std::string_view::npos && text[beginning.size()] != ' ')
    beginning = beginning.substr(0, word);
  while (!beginning.empty() && (is_space(beginning.back()) || beginning.back() == ',' || beginning.back() == '.'))
    beginning.remove_suffix(1);
  return std::string{beginning} + "…";
}

std::string excerpt_of(std::string_view html, std::size_t limit) {
  // Enough to know that more follows, and what stands after the cut.
  constexpr std::size_t kBeyond = 8;
  return beginning_of(text_of(html, limit + kBeyond), limit);
}

std::string spoken(std::chrono::microseconds duration) {
  using namespace std::chrono;
  const auto in_seconds = round<seconds>(duration);
  if (in_seconds < minutes{1}) return fmt::format("{} s", in_seconds.count());
  const auto in_minutes = round<minutes>(duration);
  if (in_minutes < hours{1}) return fmt::format("{} min", in_minutes.count());
  const auto rest = (in_minutes % hours{1}).count();
  return rest == 0 ? fmt::format("{} h", in_minutes.count() / 60) : fmt::format("{} h {} min", in_minutes.count() / 60, rest);
}

std::string initial_of(std::string_view title) {
  for (std::size_t i = 0; i < title.size();) {
    const auto lead = static_cast<unsigned char>(title[i]);
    if (lead < 0x80) {
      const char lower = static_cast<char>(lead | 0x20U);
      if (lower >= 'a' && lower <= 'z') return {static_cast<char>(lead & 0xDFU)};
      if (lead >= '0' && lead <= '9') return {title[i]};
      ++i;
      continue;
    }
    const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    // Dashes and quotation marks (U+2000 to U+203F) begin titles, but are no letters.
    if (title.substr(i).starts_with("\xE2\x80")) {
      i += length;
      continue;
    }
    return std::string{title.substr(i, length)};
  }
  return "♪";
}

}  // namespace carillon::site
