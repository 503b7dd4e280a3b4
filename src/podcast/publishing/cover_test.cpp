#include "podcast/publishing/cover.hpp"

#include "crypto/sha256.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace carillon::podcast {
namespace {

using ::testing::HasSubstr;

std::string big_endian(std::uint32_t value, int bytes) {
  std::string text;
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) text += static_cast<char>(static_cast<unsigned char>(value >> shift));
  return text;
}

std::string png(std::uint32_t width, std::uint32_t height, int kind = 2, int depth = 8) {
  return "\x89PNG\r\n\x1a\n" + big_endian(13, 4) + "IHDR" + big_endian(width, 4) + big_endian(height, 4) + static_cast<char>(depth) +
         static_cast<char>(kind) + std::string(7, '\0');
}

std::string jpeg(std::uint32_t width, std::uint32_t height, int colours = 3, int frame = 0xC0) {
  return "\xFF\xD8\xFF\xE0" + big_endian(4, 2) + "JF" + "\xFF\xFF" + static_cast<char>(frame) +
         big_endian(8 + 3 * static_cast<std::uint32_t>(colours), 2) + "\x08" + big_endian(height, 2) + big_endian(width, 2) +
         static_cast<char>(colours) + std::string(3 * static_cast<std::size_t>(colours), '\0');
}

TEST(Cover, IsTakenWithItsFacts) {
  const auto picture = png(1400, 1400);
  EXPECT_EQ(
      check_cover(picture).value(),
      (Picture{.digest = crypto::sha256(as_bytes(picture)), .length = ByteCount{picture.size()}, .side = 1400, .media_type = "image/png"}));
  EXPECT_EQ(check_cover(png(3000, 3000)).value().side, 3000);
  EXPECT_EQ(check_cover(jpeg(2000, 2000)).value().media_type, "image/jpeg");
  EXPECT_EQ(check_cover(jpeg(2000, 2000, 3, 0xC2)).value().side, 2000) << "progressive";
}

struct Case {
  const char* name;
  std::string bytes;
  const char* says;
};

class Refused : public ::testing::TestWithParam<Case> {};

TEST_P(Refused, Precisely) {
  const auto refused = check_cover(GetParam().bytes);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::invalid);
  EXPECT_EQ(refused.error().field, "image");
  EXPECT_THAT(refused.error().message, HasSubstr(GetParam().says));
}

INSTANTIATE_TEST_SUITE_P(
    Covers, Refused,
    ::testing::Values(Case{"Small", png(1399, 1399), "1399 × 1399"}, Case{"Large", png(3001, 3001), "1400 to 3000"},
                      Case{"Flat", jpeg(1400, 1401), "square"}, Case{"Grey", png(1400, 1400, 0), "grayscale"},
                      Case{"Palette", png(1400, 1400, 3), "palette"}, Case{"Transparent", png(1400, 1400, 6), "alpha"},
                      Case{"SixteenBits", png(1400, 1400, 2, 16), "16 bits"}, Case{"Cut", png(1400, 1400).substr(0, 20), "damaged"},
                      Case{"GreyJpeg", jpeg(1400, 1400, 1), "grayscale"}, Case{"Cmyk", jpeg(1400, 1400, 4), "CMYK"},
                      Case{"Lossless", jpeg(1400, 1400, 3, 0xC3), "baseline"}, Case{"CutJpeg", jpeg(1400, 1400).substr(0, 14), "damaged"},
                      Case{"NoLength", std::string("\xFF\xD8\xFF\xE0\0\0\0\0", 8), "damaged"}, Case{"Gif", "GIF89a", "neither"},
                      Case{"Empty", "", "neither"}, Case{"HugePng", png(0xFFFFFFFF, 0xFFFFFFFF), "1400 to 3000"}),
    [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace carillon::podcast
