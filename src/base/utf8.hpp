#pragma once
// Single characters as UTF-8 (RFC 3629).

#include <cstdint>
#include <string>

namespace carillon {

/// Appends one character, 1 to 4 bytes. `character` must be a scalar value of Unicode: at most 0x10FFFF and no surrogate. Any thread.
void append_utf8(std::string& text, std::uint32_t character);

}  // namespace carillon
