// See lines.hpp.

#include "podcast/texts/lines.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>

namespace carillon::podcast::texts {
namespace {

constexpr std::size_t kLongestTime = 32;  // bytes
constexpr std::size_t kMaxHourDigits = 3;
constexpr std::size_t kMaxFractionDigits = 9;
constexpr std::chrono::hours kMaxTime{1000};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Spaces only beside marks: "00: 00: 01, 500", but not "1 2".
std::optional<std::string> without_spaces(std::string_view text) {
  std::string packed;
  bool space = false;
  for (const char c : text) {
    if (c == ' ' || c == '\t') {
      space = true;
      continue;
    }
    if (!is_digit(c) && c != ':' && c != '.' && c != ',') return {};
    if (space && is_digit(c) && !packed.empty() && is_digit(packed.back())) return {};
    space = false;
    packed += c;
  }
  return packed;
}

std::optional<std::chrono::milliseconds> fraction_of(std::string_view digits) {
  if (digits.empty() || digits.size() > kMaxFractionDigits || !std::ranges::all_of(digits, is_digit)) return {};
  std::int64_t value = 0;
  for (std::size_t i = 0; i < 3; ++i) value = value * 10 + (i < digits.size() ? digits[i] - '0' : 0);
  return std::chrono::milliseconds{value};
}

}  // namespace

std::optional<std::string_view> Lines::next() {
  if (!more_) return {};
  ++number_;
  const auto end = rest_.find_first_of("\r\n");
  const auto line = rest_.substr(0, end);
  if (end == std::string_view::npos) {
    more_ = false;
    return line;
  }
  rest_.remove_prefix(end + (rest_.substr(end).starts_with("\r\n") ? 2 : 1));
  more_ = !rest_.empty();
  return line;
}

std::optional<std::chrono::milliseconds> time_from(std::string_view text) {
  if (text.size() > kLongestTime) return {};
  const auto packed = without_spaces(trimmed(text));
  if (!packed) return {};
  std::string_view whole = *packed;
  std::chrono::milliseconds time{};
  auto mark = whole.find_last_of(".,");
  // Some programs write "00:00:01:500"; with two digits they would be frames of a film.
  if (mark == std::string_view::npos && std::ranges::count(whole, ':') == 3) {
    mark = whole.rfind(':');
    if (whole.size() - mark != 4) return {};
  }
  if (mark != std::string_view::npos) {
    const auto fraction = fraction_of(whole.substr(mark + 1));
    if (!fraction) return {};
    time = *fraction;
    whole = whole.substr(0, mark);
  }
  const auto parts = split(whole, ':');
  if (parts.size() > 3) return {};
  std::array<std::uint64_t, 3> units{};  // hours, minutes, seconds
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const auto value = parse_number(parts[i]);
    const bool first = i == 0;
    if (!value || (!first && (*value > 59 || parts[i].size() > 2))) return {};
    if (*value > 3'600'000 || (first && parts.size() == 3 && parts[i].size() > kMaxHourDigits)) return {};
    units.at(3 - parts.size() + i) = *value;
  }
  time += std::chrono::hours{units[0]} + std::chrono::minutes{units[1]} + std::chrono::seconds{units[2]};
  if (time >= kMaxTime) return {};
  return time;
}

bool is_usual_time(std::string_view text, char mark) {
  const auto at = text.find(mark);
  if (at == std::string_view::npos || text.size() - at != 4) return false;
  const auto parts = split(text.substr(0, at), ':');
  if (parts.size() != 2 && parts.size() != 3) return false;
  return parts.back().size() == 2 && parts[parts.size() - 2].size() == 2 && time_from(text).has_value();
}

}  // namespace carillon::podcast::texts
