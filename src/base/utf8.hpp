#pragma once
// Single characters as UTF-8 (RFC 3629).

#include <cstdint>
#include <string>
#include <string_view>

namespace carillon {

/// Appends one character, 1 to 4 bytes. `character` must be a Unicode scalar value: at most 0x10FFFF and not a surrogate. Any thread.
void append_utf8(std::string& text, std::uint32_t character);

/// The UTF-8 character at the start of `text`: its code point and length; length 0 if there is none (RFC 3629 §4).
struct Character {
  char32_t code = 0;
  std::size_t length = 0;
};
[[nodiscard]] Character first_character(std::string_view text) noexcept;

}  // namespace carillon
