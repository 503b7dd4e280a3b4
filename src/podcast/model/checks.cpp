// See checks.hpp.

#include "podcast/model/checks.hpp"

#include "base/text.hpp"

#include <algorithm>

namespace carillon::podcast {
namespace {

constexpr std::size_t kLongestLanguage = 35;  // RFC 5646 §4.4.1

}  // namespace

std::unexpected<Error> wrong(std::string_view field, std::string sentence) {
  return fail(ErrorKind::invalid, std::move(sentence), std::string(field));
}

Result<> check_text(std::string_view field, std::string_view text, std::size_t limit) {
  if (text.size() > limit)
    return wrong(field, "“" + std::string(field) + "” has " + std::to_string(text.size()) + " bytes; at most " + std::to_string(limit) +
                            " are allowed.");
  if (!is_utf8(text)) return wrong(field, "“" + std::string(field) + "” isn't UTF-8 text.");
  return {};
}

bool is_web_address(std::string_view text) {
  const auto lower = lower_ascii(text);
  const bool has_scheme = (lower.starts_with("https://") && text.size() > 8) || (lower.starts_with("http://") && text.size() > 7);
  return has_scheme && std::ranges::all_of(text, [](unsigned char c) { return c > ' ' && c < 0x7F && c != '"' && c != '<' && c != '>'; });
}

bool is_language(std::string_view text) {
  if (text.empty() || text.size() > kLongestLanguage) return false;
  const auto parts = split(text, '-');
  if (parts[0].size() < 2 || parts[0].size() > 8) return false;
  return std::ranges::all_of(parts, [](std::string_view part) {
    return !part.empty() && part.size() <= 8 &&
           std::ranges::all_of(part, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); });
  });
}

}  // namespace carillon::podcast
