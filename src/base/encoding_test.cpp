#include "base/encoding.hpp"

#include "base/compress.hpp"
#include "base/digest.hpp"

#include <gtest/gtest.h>
#include <zlib.h>

namespace carillon {
namespace {

struct Case {
  std::string_view plain, hex, base64, base64url;
};

class Encodings : public ::testing::TestWithParam<Case> {};

TEST_P(Encodings, GoThereAndBack) {
  const auto& [plain, hex, base64, base64url] = GetParam();
  EXPECT_EQ(to_hex(as_bytes(plain)), hex);
  EXPECT_EQ(to_base64(as_bytes(plain)), base64);
  EXPECT_EQ(to_base64url(as_bytes(plain)), base64url);
  for (const auto& decoded : {from_hex(hex), from_base64(base64), from_base64url(base64url)}) EXPECT_EQ(as_text(decoded.value()), plain);
}

// RFC 4648 §10, and bytes that need the two last letters of the alphabets.
INSTANTIATE_TEST_SUITE_P(Rfc4648, Encodings,
                         ::testing::Values(Case{"", "", "", ""}, Case{"f", "66", "Zg==", "Zg"}, Case{"fo", "666f", "Zm8=", "Zm8"},
                                           Case{"foo", "666f6f", "Zm9v", "Zm9v"}, Case{"foobar", "666f6f626172", "Zm9vYmFy", "Zm9vYmFy"},
                                           Case{"\xFB\xFF", "fbff", "+/8=", "-_8"}));

TEST(Base64, HasOneSpellingForAValue) {
  for (const auto* bad : {"Zg", "Zg=", "Zh==", "Z===", "Zg==Zg==", "Zm9v\n", "Zm9-", "====", "A"}) EXPECT_FALSE(from_base64(bad)) << bad;
  for (const auto* bad : {"Zg==", "Zh", "Z", "Zm9+"}) EXPECT_FALSE(from_base64url(bad)) << bad;
}

TEST(Hex, RefusesWhatIsNone) {
  for (const auto* bad : {"0", "0g", "0x00", " 00"}) EXPECT_FALSE(from_hex(bad)) << bad;
  EXPECT_EQ(as_text(from_hex("fF").value()), "\xFF");
}

TEST(Percent, EscapesAllButTheUnreserved) {
  EXPECT_EQ(percent_encoded("a-Z_0.9~ /?ä%"), "a-Z_0.9~%20%2F%3F%C3%A4%25");
  EXPECT_EQ(percent_decoded("%41+%c3%A4%00").value(), std::string("A+\xC3\xA4\0", 5));
  for (const auto* bad : {"%", "%4", "a%", "%4g", "%%41", "%-1"}) EXPECT_FALSE(percent_decoded(bad)) << bad;
}

TEST(Digest, IsReadFromItsOwnSpellingAlone) {
  const std::string hex = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
  EXPECT_EQ(Digest::from_hex(hex).value().hex(), hex);
  EXPECT_FALSE(Digest::from_hex(hex.substr(2)));
  EXPECT_FALSE(Digest::from_hex(hex + "00"));
  EXPECT_FALSE(Digest::from_hex(""));
}

TEST(Gzip, IsReadByZlibAndSaysNoTime) {
  const std::string text(100'000, 'x');
  const auto packed = gzip(text);
  EXPECT_LT(packed.size(), 1000U);
  EXPECT_EQ(packed, gzip(text));
  EXPECT_EQ(packed.substr(4, 4), std::string(4, '\0')) << "MTIME of RFC 1952";
  z_stream stream{};
  ASSERT_EQ(inflateInit2(&stream, 15 + 16), Z_OK);
  std::string back(text.size() + 1, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  stream.avail_in = static_cast<uInt>(packed.size());
  stream.next_out = reinterpret_cast<Bytef*>(back.data());
  stream.avail_out = static_cast<uInt>(back.size());
  EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
  back.resize(stream.total_out);
  inflateEnd(&stream);
  EXPECT_EQ(back, text);
}

}  // namespace
}  // namespace carillon
