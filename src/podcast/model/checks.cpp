// See checks.hpp.

#include "podcast/model/checks.hpp"

#include "base/printable.hpp"
#include "base/text.hpp"

#include <algorithm>

namespace carillon::podcast {
std::unexpected<Error> wrong(std::string_view field, std::string sentence) {
  return fail(ErrorKind::invalid, std::move(sentence), std::string(field));
}

std::size_t characters_in(std::string_view text) noexcept {
  return static_cast<std::size_t>(std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

Result<> check_line(std::string_view field, std::string_view text, std::size_t limit) {
  if (!is_utf8(text)) return wrong(field, "“" + std::string(field) + "” isn't UTF-8 text.");
  if (const auto length = characters_in(one_line(text)); length > limit)
    return wrong(field, "“" + std::string(field) + "” has " + std::to_string(length) + " characters; at most " + std::to_string(limit) +
                            " are allowed.");
  return {};
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

}  // namespace carillon::podcast
