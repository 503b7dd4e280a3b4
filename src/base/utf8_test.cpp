#include "base/utf8.hpp"

#include <gtest/gtest.h>

namespace carillon {
namespace {

TEST(Utf8, HasOneToFourBytes) {
  std::string text;
  for (const std::uint32_t character : {0x41U, 0x7FU, 0x80U, 0xE4U, 0x7FFU, 0x800U, 0x20ACU, 0xFFFDU, 0x10000U, 0x1F514U, 0x10FFFFU})
    append_utf8(text, character);
  EXPECT_EQ(text, "A\x7F\u0080ä\u07FF\u0800€\uFFFD\U00010000🔔\U0010FFFF");
}

}  // namespace
}  // namespace carillon
