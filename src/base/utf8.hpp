#pragma once
// Single characters as UTF-8 (RFC 3629).

#include <cstdint>
#include <string>
#include <string_view>

namespace carillon {

/// Appends one character, 1 to 4 bytes. `character` must be a scalar value of Unicode: at most 0x10FFFF and no surrogate. Any thread.
void append_utf8(std::string& text, std::uint32_t character);

/// One character of UTF-8 at the front of `text`: its code point and length; length 0 when it is none (RFC 3629 §4).
struct Character {
  char32_t code = 0;
  std::size_t length = 0;
};
[[nodiscard]] Character first_character(std::string_view text) noexcept;

}  // namespace carillon
