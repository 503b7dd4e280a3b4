// See printable.hpp.

#include "base/printable.hpp"

#include "base/utf8.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace carillon {
namespace {

struct Range {
  char32_t first, last;
};

/// In order. Beside control characters what Unicode calls default-ignorable or a format character, without the selectors of variants
/// (U+FE00–U+FE0F), which change only how the character before them looks.
constexpr auto kDeceptive = std::to_array<Range>({
    {0x00, 0x1F},     {0x7F, 0x9F},     {0xAD, 0xAD},       {0x34F, 0x34F},     {0x61C, 0x61C},     {0x115F, 0x1160}, {0x17B4, 0x17B5},
    {0x180B, 0x180F}, {0x200B, 0x200F}, {0x2028, 0x202E},   {0x2060, 0x206F},   {0x3164, 0x3164},   {0xFEFF, 0xFEFF}, {0xFFA0, 0xFFA0},
    {0xFFF0, 0xFFFB}, {0xFFFE, 0xFFFF}, {0x1BCA0, 0x1BCA3}, {0x1D173, 0x1D17A}, {0xE0000, 0xE0FFF},
});
static_assert(std::ranges::is_sorted(kDeceptive, {}, &Range::last));

constexpr char32_t kReplacement = 0xFFFD, kNonJoiner = 0x200C, kJoiner = 0x200D, kLeftToRight = 0x200E, kRightToLeft = 0x200F,
                   kBlackFlag = 0x1F3F4;
/// Writings in which letters are joined, and emoji, begin behind the Latin ones.
constexpr char32_t kFirstOther = 0x2B0;

bool is_tag(char32_t character) noexcept { return character >= 0xE0020 && character <= 0xE007F; }
bool is_line_break(char32_t character) noexcept {
  return (character >= 0x0A && character <= 0x0D) || character == 0x85 || character == 0x2028 || character == 0x2029;
}
/// Hebrew, Arabic and their neighbours.
bool is_right_to_left(char32_t character) noexcept {
  return (character >= 0x590 && character <= 0x8FF) || (character >= 0xFB1D && character <= 0xFDFF) ||
         (character >= 0xFE70 && character <= 0xFEFE) || (character >= 0x10800 && character <= 0x10FFF) ||
         (character >= 0x1E800 && character <= 0x1EFFF);
}

bool is_control(char32_t character) noexcept { return character < 0x20 || (character >= 0x7F && character <= 0x9F); }

/// `text` with every character that is_deceptive() written by `write(result, code, rest)`, and broken bytes as U+FFFD.
template <class Write>
std::string rewritten(std::string_view text, Write write) {
  std::string result;
  result.reserve(text.size());
  while (!text.empty()) {
    const auto [code, length] = first_character(text);
    if (length == 0) {
      result += "\xEF\xBF\xBD";
      text.remove_prefix(1);
      continue;
    }
    if (is_deceptive(code))
      write(result, code, text.substr(length));
    else
      result += text.substr(0, length);
    text.remove_prefix(length);
  }
  return result;
}

void append_name(std::string& result, char32_t code) { result += fmt::format("<U+{:04X}>", static_cast<std::uint32_t>(code)); }

}  // namespace

bool is_deceptive(char32_t character) noexcept {
  const auto range = std::ranges::lower_bound(kDeceptive, character, {}, &Range::last);
  return range != kDeceptive.end() && character >= range->first;
}

std::string printable(std::string_view text) {
  return rewritten(text, [](std::string& result, char32_t code, std::string_view) {
    if (code == '\t' || code == '\n' || code == '\r')
      result += ' ';
    else
      append_name(result, code);
  });
}

std::string printable_lines(std::string_view text) {
  return rewritten(text, [](std::string& result, char32_t code, std::string_view rest) {
    if (code == '\t' || code == '\n' || (code == '\r' && rest.starts_with('\n')))
      result += static_cast<char>(code);
    else
      append_name(result, code);
  });
}

std::string printable_json(std::string_view json) {
  return rewritten(json, [](std::string& result, char32_t code, std::string_view) {
    const auto append_unit = [&](std::uint32_t unit) { result += fmt::format("\\u{:04x}", unit); };
    const auto number = static_cast<std::uint32_t>(code);
    if (code == '\n' || code == '\t' || code == '\r') {
      result += static_cast<char>(code);  // white space between values: in strings they are escaped already
    } else if (number < 0x10000) {
      append_unit(number);
    } else {
      append_unit(0xD800 + ((number - 0x10000) >> 10));
      append_unit(0xDC00 + ((number - 0x10000) & 0x3FF));
    }
  });
}

Result<> check_one_line(std::string_view field, std::string_view text) {
  for (std::size_t position = 1; !text.empty(); ++position) {
    const auto [code, length] = first_character(text);
    if (length == 0) return fail(ErrorKind::invalid, "“" + std::string(field) + "” isn't UTF-8 text.", std::string(field));
    if (is_control(code) || code == 0x2028 || code == 0x2029)
      return fail(ErrorKind::invalid,
                  fmt::format("“{}” must be one line without control characters; character {} is U+{:04X}.", field, position,
                              static_cast<std::uint32_t>(code)),
                  std::string(field));
    text.remove_prefix(length);
  }
  return {};
}

std::string one_line(std::string_view text) {
  std::vector<Character> characters;
  bool right_to_left = false;
  while (!text.empty()) {
    auto next = first_character(text);
    if (next.length == 0) next = {.code = kReplacement, .length = 1};
    characters.push_back(next);
    right_to_left = right_to_left || is_right_to_left(next.code);
    text.remove_prefix(next.length);
  }
  std::string line;
  bool blank = false;      // white space waits to be written
  std::size_t blanks = 0;  // so much of it, as it was typed
  bool breaks = false;     // with a line end or a tab in it
  bool flag = false;       // within a flag of a region: U+1F3F4 and what spells its name, which cannot be seen
  for (std::size_t i = 0; i < characters.size(); ++i) {
    const auto code = characters[i].code;
    if (code == ' ' || is_line_break(code) || code == '\t') {
      blank = true, ++blanks;
      breaks = breaks || code != ' ';
      continue;
    }
    flag = code == kBlackFlag || (flag && is_tag(code));
    const char32_t before = i == 0 ? 0 : characters[i - 1].code, after = i + 1 == characters.size() ? 0 : characters[i + 1].code;
    bool kept = !is_control(code) && !is_deceptive(code);
    if (code == kNonJoiner || code == kJoiner) kept = before >= kFirstOther && after >= kFirstOther && !is_deceptive(before);
    if (code == kLeftToRight || code == kRightToLeft) kept = right_to_left;
    if (is_tag(code)) kept = flag;
    if (!kept) continue;
    if (blank && !line.empty()) line.append(breaks ? 1 : blanks, ' ');
    blank = breaks = false, blanks = 0;
    append_utf8(line, static_cast<std::uint32_t>(code));
  }
  return line;
}

std::string without_controls(std::string_view text) {
  return rewritten(text, [](std::string& result, char32_t code, std::string_view rest) {
    (void)rest;
    if (!is_control(code) && code < 0xFFFE) {
      append_utf8(result, static_cast<std::uint32_t>(code));
    } else if (code == '\t' || code == '\n' || code == '\r') {
      result += static_cast<char>(code);
    } else if (code > 0xFFFF) {
      append_utf8(result, static_cast<std::uint32_t>(code));
    }
  });
}

}  // namespace carillon
