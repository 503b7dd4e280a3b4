// See utf8.hpp.

#include "base/utf8.hpp"

namespace carillon {

void append_utf8(std::string& text, std::uint32_t character) {
  const auto add = [&](std::uint32_t byte) { text += static_cast<char>(byte); };
  if (character < 0x80) {
    add(character);
  } else if (character < 0x800) {
    add(0xC0 | character >> 6), add(0x80 | (character & 0x3F));
  } else if (character < 0x10000) {
    add(0xE0 | character >> 12), add(0x80 | (character >> 6 & 0x3F)), add(0x80 | (character & 0x3F));
  } else {
    add(0xF0 | character >> 18), add(0x80 | (character >> 12 & 0x3F)), add(0x80 | (character >> 6 & 0x3F)), add(0x80 | (character & 0x3F));
  }
}

}  // namespace carillon
