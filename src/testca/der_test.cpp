#include "testca/der.hpp"

#include <gtest/gtest.h>

namespace carillon::testca {
namespace {

using namespace std::string_literals;

TEST(Der, LengthsAreAsShortAsTheyCanBe) {
  EXPECT_EQ(der::element(der::kOctetString, ""), "\x04\x00"s);
  EXPECT_EQ(der::element(der::kOctetString, std::string(127, 'a')).substr(0, 3), "\x04\x7f\x61"s);
  EXPECT_EQ(der::element(der::kOctetString, std::string(128, 'a')).substr(0, 4), "\x04\x81\x80\x61"s);
  EXPECT_EQ(der::element(der::kOctetString, std::string(256, 'a')).substr(0, 5), "\x04\x82\x01\x00\x61"s);
}

TEST(Der, TimesChangeTheirFormIn2050) {
  using namespace std::chrono;
  EXPECT_EQ(der::time(sys_days{2026y / November / 5} + hours{7} + minutes{8} + seconds{9}),
            "\x17\x0d"
            "261105070809Z");
  EXPECT_EQ(der::time(sys_days{2049y / December / 31}),
            "\x17\x0d"
            "491231000000Z");
  EXPECT_EQ(der::time(sys_days{2050y / January / 1}),
            "\x18\x0f"
            "20500101000000Z");
}

}  // namespace
}  // namespace carillon::testca
