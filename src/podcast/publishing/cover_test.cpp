#include "podcast/publishing/cover.hpp"

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

TEST(Cover, IsTakenInEveryColorThatCanBeBrought) {
  for (const auto& picture :
       {png(1400, 1400), png(3000, 3000), png(1400, 1400, 0), png(1400, 1400, 3), png(1400, 1400, 6), png(1400, 1400, 2, 16),
        jpeg(2000, 2000), jpeg(2000, 2000, 3, 0xC2), jpeg(1400, 1400, 1), jpeg(1400, 1400, 4)})
    EXPECT_TRUE(check_cover(picture, CoverFit::as_it_is));
}

TEST(Cover, OfOtherFormatsIsLeftToTheDecoder) {
  using namespace std::string_view_literals;
  for (const auto bytes : {"GIF89a"sv, "GIF87a"sv, "RIFF1234WEBPVP8 "sv,
                           "\0\0\0\x18"
                           "ftypheic"sv,
                           "\0\0\0\x18"
                           "ftypavif"sv,
                           "\0\0\0\x18"
                           "ftypmif1"sv})
    EXPECT_TRUE(check_cover(bytes, CoverFit::as_it_is)) << bytes;
  EXPECT_EQ(picture_error({ErrorKind::invalid, "It's 1 × 2 pixels." + std::string(audio::kOfferToFit), ""}).field, "fit");
  EXPECT_EQ(picture_error({ErrorKind::invalid, "It's damaged.", ""}).field, "image");
  EXPECT_EQ(cover_fit_of("").value(), CoverFit::as_it_is);
  EXPECT_EQ(cover_fit_of("crop").value(), CoverFit::cropped);
  EXPECT_EQ(cover_fit_of("stretch").error().field, "fit");
}

struct Case {
  const char* name;
  std::string bytes;
  const char* says;
  const char* field = "image";
};

class Refused : public ::testing::TestWithParam<Case> {};

TEST_P(Refused, Precisely) {
  const auto refused = check_cover(GetParam().bytes, CoverFit::as_it_is);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::invalid);
  EXPECT_EQ(refused.error().field, GetParam().field);
  EXPECT_EQ(check_cover(GetParam().bytes, CoverFit::cropped).has_value(), std::string_view(GetParam().field) == "fit");
  EXPECT_THAT(refused.error().message, HasSubstr(GetParam().says));
}

INSTANTIATE_TEST_SUITE_P(
    Covers, Refused,
    ::testing::Values(Case{"Small", png(1399, 1399), "1399 × 1399", "fit"}, Case{"Large", png(3001, 3001), "1400 to 3000", "fit"},
                      Case{"Flat", jpeg(1400, 1401), "square", "fit"}, Case{"Cut", png(1400, 1400).substr(0, 20), "damaged"},
                      Case{"Lossless", jpeg(1400, 1400, 3, 0xC3), "baseline"}, Case{"CutJpeg", jpeg(1400, 1400).substr(0, 14), "damaged"},
                      Case{"NoLength", std::string("\xFF\xD8\xFF\xE0\0\0\0\0", 8), "damaged"}, Case{"Bmp", "BM", "BMP file"},
                      Case{"Tiff", "II*", "TIFF file"}, Case{"Text", "Hello", "isn't a JPEG"}, Case{"Empty", "", "isn't a JPEG"},
                      Case{"HugePng", png(0xFFFFFFFF, 0xFFFFFFFF), "1400 to 3000", "fit"}),
    [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace carillon::podcast
