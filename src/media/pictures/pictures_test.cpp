// Pictures of strangers: what is decoded right, what is refused, and what is left behind.

#include "base/file.hpp"
#include "media/pictures/color.hpp"
#include "media/pictures/decode.hpp"
#include "media/pictures/encode.hpp"
#include "media/pictures/resize.hpp"
#include "media/pictures/sizes.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <lcms2.h>
#include <png.h>

#include <sys/mman.h>
#include <unistd.h>
#include <array>
#include <cstdio>
#include <functional>
#include <map>

extern "C" {
#include <jpeglib.h>
}

namespace carillon::media {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

using Color = std::array<int, 3>;
constexpr Color kRed{220, 30, 30}, kGreen{30, 200, 30}, kBlue{30, 30, 220}, kWhite{255, 255, 255};
constexpr int kSide = 64;
constexpr DecodeLimits kLimits{.smallest = 16, .largest = 128, .damaged = false};

/// Red top left, green top right, blue bottom left, white bottom right.
Pixels quadrants(int side = kSide) {
  Pixels pixels{.width = side, .height = side, .rgb = {}};
  for (int y = 0; y < side; ++y) {
    for (int x = 0; x < side; ++x) {
      const auto& color = y < side / 2 ? (x < side / 2 ? kRed : kGreen) : (x < side / 2 ? kBlue : kWhite);
      for (const int part : color) pixels.rgb.push_back(static_cast<std::uint8_t>(part));
    }
  }
  return pixels;
}

/// Of the middle of a quadrant.
Color color_at(const Pixels& pixels, bool right, bool bottom) {
  const auto x = static_cast<std::size_t>(pixels.width * (right ? 3 : 1) / 4),
             y = static_cast<std::size_t>(pixels.height * (bottom ? 3 : 1) / 4);
  const auto* at = pixels.rgb.data() + (y * static_cast<std::size_t>(pixels.width) + x) * 3;
  return {at[0], at[1], at[2]};
}

void expect_color(const Color& is, const Color& wanted, int tolerance = 8) {
  for (std::size_t i = 0; i < 3; ++i) EXPECT_NEAR(is[i], wanted[i], tolerance) << "channel " << i;
}

std::string text_of(const Bytes& bytes) { return std::string{as_text(bytes)}; }
Pixels decoded(std::string_view file, DecodeLimits limits = kLimits) {
  auto raster = decode_picture(as_bytes(file), limits);
  EXPECT_TRUE(raster) << raster.error().message;
  return raster ? to_pixels(std::move(*raster)) : quadrants();
}
std::string refusal_of(std::string_view file, DecodeLimits limits = kLimits) {
  const auto raster = decode_picture(as_bytes(file), limits);
  EXPECT_FALSE(raster);
  if (raster) return {};
  EXPECT_EQ(raster.error().kind, ErrorKind::invalid);
  return raster.error().message;
}

std::string big(std::uint32_t value, int size) {
  std::string text;
  for (int i = size; i-- > 0;) text += static_cast<char>(value >> (8 * i) & 0xFF);
  return text;
}

std::string segment(int marker, std::string_view content) {
  return "\xFF" + std::string(1, static_cast<char>(marker)) + big(static_cast<std::uint32_t>(content.size() + 2), 2) + std::string(content);
}

/// A TIFF header, one directory with the orientation, and a place behind it.
std::string exif(int orientation, bool little) {
  const auto number = [&](std::uint32_t value, int size) {
    auto text = big(value, size);
    if (little) std::ranges::reverse(text);
    return text;
  };
  return (little ? "II" : "MM") + number(42, 2) + number(8, 4) + number(2, 2) +       //
         number(0x010F, 2) + number(2, 2) + number(4, 4) + std::string("Cam\0", 4) +  //
         number(0x0112, 2) + number(3, 2) + number(1, 4) + number(static_cast<std::uint32_t>(orientation), 2) + number(0, 2) +
         number(0, 4) + "GPSLatitude 52 31 12";
}

/// A JPEG file with `segments` behind its first marker.
std::string jpeg_with(const std::string& segments, const Pixels& pixels = quadrants()) {
  auto file = text_of(encode_jpeg(pixels, true).value());
  return file.insert(2, segments);
}

std::string jpeg_of(int components, J_COLOR_SPACE space, std::span<const std::uint8_t> samples, bool adobe = true) {
  jpeg_compress_struct encoder{};
  jpeg_error_mgr errors{};
  encoder.err = jpeg_std_error(&errors);
  jpeg_create_compress(&encoder);
  unsigned char* memory = nullptr;
  unsigned long length = 0;
  jpeg_mem_dest(&encoder, &memory, &length);
  encoder.image_width = encoder.image_height = kSide;
  encoder.input_components = components;
  encoder.in_color_space = space;
  jpeg_set_defaults(&encoder);
  encoder.write_Adobe_marker = adobe ? TRUE : FALSE;
  jpeg_start_compress(&encoder, TRUE);
  while (encoder.next_scanline < encoder.image_height) {
    auto* at = const_cast<std::uint8_t*>(samples.data()) + encoder.next_scanline * static_cast<std::size_t>(kSide * components);
    jpeg_write_scanlines(&encoder, &at, 1);
  }
  jpeg_finish_compress(&encoder);
  jpeg_destroy_compress(&encoder);
  std::string file{reinterpret_cast<const char*>(memory), length};
  std::free(memory);
  return file;
}

/// A PNG file by libpng, with what `more` adds to its header.
std::string png_of(int color, int depth, std::span<const std::uint8_t> samples,
                   const std::function<void(png_structp, png_infop)>& more = {}, bool interlaced = false) {
  std::string file;
  auto* png = png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, nullptr, nullptr);
  auto* info = png_create_info_struct(png);
  png_set_write_fn(
      png, &file,
      [](png_structp writer, png_bytep bytes, std::size_t count) {
        static_cast<std::string*>(png_get_io_ptr(writer))->append(reinterpret_cast<const char*>(bytes), count);
      },
      [](png_structp) {});
  png_set_IHDR(png, info, kSide, kSide, depth, color, interlaced ? PNG_INTERLACE_ADAM7 : PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_BASE,
               PNG_FILTER_TYPE_BASE);
  if (more) more(png, info);
  const auto row = samples.size() / kSide;
  std::vector<png_bytep> rows;
  for (std::size_t y = 0; y < kSide; ++y) rows.push_back(const_cast<png_bytep>(samples.data()) + y * row);
  png_set_rows(png, info, rows.data());
  png_write_png(png, info, PNG_TRANSFORM_IDENTITY, nullptr);
  png_destroy_write_struct(&png, &info);
  return file;
}
std::string png_of_quadrants(const std::function<void(png_structp, png_infop)>& more = {}) {
  return png_of(PNG_COLOR_TYPE_RGB, 8, quadrants().rgb, more);
}

/// The same sample at every pixel.
std::vector<std::uint8_t> filled(std::initializer_list<int> pixel) {
  std::vector<std::uint8_t> samples;
  for (int i = 0; i < kSide * kSide; ++i) {
    for (const int part : pixel) samples.push_back(static_cast<std::uint8_t>(part));
  }
  return samples;
}

TEST(Orientation, TurnsAndMirrorsThePixels) {
  // What is at the top left, the top right and the bottom left after each of the eight (Exif 2.32 §4.6.4).
  const std::map<int, std::array<Color, 3>> kAll{{1, {kRed, kGreen, kBlue}},   {2, {kGreen, kRed, kWhite}}, {3, {kWhite, kBlue, kGreen}},
                                                 {4, {kBlue, kWhite, kRed}},   {5, {kRed, kBlue, kGreen}},  {6, {kBlue, kRed, kWhite}},
                                                 {7, {kWhite, kGreen, kBlue}}, {8, {kGreen, kWhite, kRed}}};
  for (const auto& [orientation, corners] : kAll) {
    for (const bool little : {false, true}) {
      SCOPED_TRACE(std::to_string(orientation) + (little ? " little-endian" : " big-endian"));
      const auto pixels = decoded(jpeg_with(segment(0xE1, std::string("Exif\0\0", 6) + exif(orientation, little))));
      expect_color(color_at(pixels, false, false), corners[0]);
      expect_color(color_at(pixels, true, false), corners[1]);
      expect_color(color_at(pixels, false, true), corners[2]);
    }
  }
  for (const auto& nonsense : {exif(0, true), exif(9, true), exif(6, true).substr(0, 20), std::string{"II"}, std::string{}})
    expect_color(color_at(decoded(jpeg_with(segment(0xE1, std::string("Exif\0\0", 6) + nonsense))), false, false), kRed);
}

TEST(Orientation, OfAPngIsRespectedToo) {
  auto bytes = exif(6, false);
  const auto pixels = decoded(png_of_quadrants([&](png_structp png, png_infop info) {
    png_set_eXIf_1(png, info, static_cast<png_uint_32>(bytes.size()), reinterpret_cast<png_bytep>(bytes.data()));
  }));
  expect_color(color_at(pixels, false, false), kBlue, 1);
}

TEST(Pictures, KeepNothingButTheirPixels) {
  const std::string secret = "52 31 12 N, Jane Doe";
  auto jpeg = jpeg_with(segment(0xE1, std::string("Exif\0\0", 6) + exif(1, true) + secret) +
                        segment(0xE1, std::string("http://ns.adobe.com/xap/1.0/\0", 29) + "<x:xmpmeta>" + secret) +
                        segment(0xED, "Photoshop 3.0 8BIM" + secret) + segment(0xFE, secret) + segment(0xEE, secret)) +
              secret;
  std::string text = secret;
  const auto png =
      png_of_quadrants([&](png_structp writer, png_infop info) {
        std::string key = "Comment";
        png_text one{.compression = PNG_TEXT_COMPRESSION_NONE, .key = key.data(), .text = text.data(), .text_length = text.size()};
        png_set_text(writer, info, &one, 1);
        png_set_eXIf_1(writer, info, static_cast<png_uint_32>(text.size()), reinterpret_cast<png_bytep>(text.data()));
      }) +
      secret;
  for (const auto& file : {jpeg, png}) {
    ASSERT_THAT(file, HasSubstr(secret));
    const FileDescriptor source{memfd_create("source", MFD_CLOEXEC)}, target{memfd_create("target", MFD_CLOEXEC)};
    ASSERT_TRUE(write_all(source.get(), as_bytes(file)));
    const auto done = make_sizes({.smallest = 16, .largest = 128, .damaged = false}, source.get(), target.get(),
                                 [](double, std::string_view) { return Result<>{}; });
    ASSERT_TRUE(done) << done.error().message;
    std::string all(static_cast<std::size_t>(lseek(target.get(), 0, SEEK_END)), '\0');
    ASSERT_EQ(pread(target.get(), all.data(), all.size(), 0), static_cast<ssize_t>(all.size()));
    for (const std::string marker : {"Jane", "Exif", "xmpmeta", "8BIM", "GPS", "ICC"}) EXPECT_THAT(all, Not(HasSubstr(marker)));
    expect_color(color_at(decoded(all.substr(0, done->files.front().length.value)), true, false), kGreen);
  }
}

TEST(Pictures, AreMadeAtEverySizeUpToTheirOwn) {
  const FileDescriptor source{memfd_create("source", MFD_CLOEXEC)}, target{memfd_create("target", MFD_CLOEXEC)};
  ASSERT_TRUE(write_all(source.get(), encode_jpeg(quadrants(700), true).value()));
  const auto done = make_sizes({.smallest = 16, .largest = 3000, .damaged = false}, source.get(), target.get(),
                               [](double, std::string_view) { return Result<>{}; });
  ASSERT_TRUE(done) << done.error().message;
  using enum protocol::PictureFormat;
  std::vector<std::pair<int, protocol::PictureFormat>> made;
  for (const auto& file : done->files) made.emplace_back(file.side, file.format);
  EXPECT_EQ(made, (decltype(made){{700, jpeg}, {600, jpeg}, {600, webp}, {300, jpeg}, {300, webp}, {150, jpeg}, {150, webp}}));
  std::string all(static_cast<std::size_t>(lseek(target.get(), 0, SEEK_END)), '\0');
  ASSERT_EQ(pread(target.get(), all.data(), all.size(), 0), static_cast<ssize_t>(all.size()));
  std::size_t at = 0;
  for (const auto& file : done->files) {
    const auto bytes = all.substr(at, file.length.value);
    at += file.length.value;
    if (file.format == webp) {
      EXPECT_TRUE(bytes.starts_with("RIFF") && bytes.substr(8, 4) == "WEBP");
      continue;
    }
    const auto pixels = decoded(bytes, {.smallest = 1, .largest = 3000, .damaged = false});
    EXPECT_EQ(pixels.width, file.side);
    expect_color(color_at(pixels, false, true), kBlue);
  }
  EXPECT_EQ(at, all.size());
}

TEST(Colors, WithoutAndWithTransparencyAndOfEveryDepth) {
  expect_color(color_at(decoded(png_of(PNG_COLOR_TYPE_RGBA, 8, filled({255, 0, 0, 0}))), false, false), kWhite, 0);
  expect_color(color_at(decoded(png_of(PNG_COLOR_TYPE_RGBA, 8, filled({255, 0, 0, 128}))), false, false), {255, 127, 127}, 1);
  expect_color(color_at(decoded(png_of(PNG_COLOR_TYPE_GRAY, 8, filled({100}))), false, false), {100, 100, 100}, 0);
  expect_color(color_at(decoded(png_of(PNG_COLOR_TYPE_GRAY_ALPHA, 8, filled({0, 128}))), false, false), {127, 127, 127}, 1);
  expect_color(color_at(decoded(png_of(PNG_COLOR_TYPE_RGB, 16, filled({200, 7, 100, 9, 50, 11}))), false, false), {200, 100, 50}, 1);
  expect_color(color_at(decoded(png_of(PNG_COLOR_TYPE_RGB, 8, quadrants().rgb, {}, true)), true, true), kWhite, 0);
  const auto palette = png_of(PNG_COLOR_TYPE_PALETTE, 8, filled({1}), [](png_structp png, png_infop info) {
    const std::array<png_color, 2> colors{png_color{0, 0, 0}, png_color{10, 20, 30}};
    png_set_PLTE(png, info, colors.data(), 2);
    std::array<png_byte, 2> alpha{255, 0};
    png_set_tRNS(png, info, alpha.data(), 2, nullptr);
  });
  expect_color(color_at(decoded(palette), false, false), kWhite, 0);
  expect_color(color_at(decoded(jpeg_of(1, JCS_GRAYSCALE, filled({100}))), false, false), {100, 100, 100}, 2);
  // 255 is no ink: no cyan, all magenta and yellow, no black.
  expect_color(color_at(decoded(jpeg_of(4, JCS_CMYK, filled({255, 0, 0, 255}))), false, false), {255, 0, 0}, 4);
  expect_color(color_at(decoded(jpeg_of(4, JCS_CMYK, filled({0, 255, 255, 0}), false)), false, false), {255, 0, 0}, 4);
}

/// A profile whose red is green and the other way round: whoever passes it over sees the wrong one.
std::string swapped_profile() {
  cmsCIExyY white{0.3127, 0.3290, 1};
  const cmsCIExyYTRIPLE primaries{{0.30, 0.60, 1}, {0.64, 0.33, 1}, {0.15, 0.06, 1}};
  auto* curve = cmsBuildGamma(nullptr, 2.2);
  std::array<cmsToneCurve*, 3> curves{curve, curve, curve};
  auto* profile = cmsCreateRGBProfile(&white, &primaries, curves.data());
  cmsUInt32Number length = 0;
  cmsSaveProfileToMem(profile, nullptr, &length);
  std::string bytes(length, '\0');
  cmsSaveProfileToMem(profile, bytes.data(), &length);
  cmsCloseProfile(profile);
  cmsFreeToneCurve(curve);
  return bytes;
}

TEST(Colors, FollowTheProfile) {
  const auto profile = swapped_profile();
  const std::string name{"ICC_PROFILE\0", 12};
  const auto half = profile.size() / 2;
  const auto pieces = segment(0xE2, name + "\1\2" + profile.substr(0, half)) + segment(0xE2, name + "\2\2" + profile.substr(half));
  const auto from_jpeg = color_at(decoded(jpeg_with(pieces)), false, false);
  EXPECT_GT(from_jpeg[1], from_jpeg[0]) << "red is green there";
  const auto from_png =
      color_at(decoded(png_of_quadrants([&](png_structp png, png_infop info) {
                 png_set_iCCP(png, info, "swapped", PNG_COMPRESSION_TYPE_BASE, reinterpret_cast<png_const_bytep>(profile.data()),
                              static_cast<png_uint_32>(profile.size()));
               })),
               false, false);
  EXPECT_GT(from_png[1], from_png[0]);
  // A broken profile, one with a gap, and one for other channels are passed over.
  for (const auto& broken : {segment(0xE2, name + "\1\1" + profile.substr(0, 40)), segment(0xE2, name + "\2\2" + profile)})
    expect_color(color_at(decoded(jpeg_with(broken)), false, false), kRed);
}

TEST(Colors, FollowGammaWhereThereIsNoProfile) {
  const auto linear =
      png_of(PNG_COLOR_TYPE_RGB, 8, filled({128, 128, 128}), [](png_structp png, png_infop info) { png_set_gAMA(png, info, 1.0); });
  expect_color(color_at(decoded(linear), false, false), {188, 188, 188}, 2);
  const auto grey = png_of(PNG_COLOR_TYPE_GRAY, 8, filled({128}), [](png_structp png, png_infop info) { png_set_gAMA(png, info, 1.0); });
  expect_color(color_at(decoded(grey), false, false), {188, 188, 188}, 2);
  const auto usual =
      png_of(PNG_COLOR_TYPE_RGB, 8, filled({128, 128, 128}), [](png_structp png, png_infop info) { png_set_gAMA(png, info, 0.45455); });
  expect_color(color_at(decoded(usual), false, false), {128, 128, 128}, 0);
}

TEST(Damage, OfAJpegIsRefused) {
  const auto whole = text_of(encode_jpeg(quadrants(), true).value());
  ASSERT_TRUE(decode_picture(as_bytes(whole), kLimits));
  for (std::size_t length = 2; length + 2 <= whole.size(); length += 1 + whole.size() / 97)
    EXPECT_THAT(refusal_of(std::string_view{whole}.substr(0, length)), HasSubstr("damaged")) << length << " of " << whole.size();
  const auto baseline = jpeg_of(1, JCS_GRAYSCALE, filled({100}));
  const auto scan = baseline.find("\xFF\xDA");
  ASSERT_NE(scan, std::string::npos);
  for (const std::size_t zeros : {0, 10, 100, 100'000})
    EXPECT_THAT(refusal_of(baseline.substr(0, scan + 10) + std::string(zeros, '\0')), HasSubstr("damaged"))
        << zeros << " zeros after the header";
  EXPECT_THAT(refusal_of(baseline.substr(0, baseline.size() - 2)), HasSubstr("ends before its last pixel"));
  // With `damaged`, the same files are taken as far as they go.
  EXPECT_TRUE(
      decode_picture(as_bytes(std::string_view{whole}.substr(0, whole.size() / 2)), {.smallest = 16, .largest = 128, .damaged = true}));
}

TEST(Damage, OfAPngIsRefused) {
  const auto whole = png_of_quadrants();
  for (std::size_t length = 8; length < whole.size(); ++length)
    EXPECT_THAT(refusal_of(std::string_view{whole}.substr(0, length)), HasSubstr("damaged")) << length << " of " << whole.size();
  const auto data = whole.find("IDAT");
  ASSERT_NE(data, std::string::npos);
  EXPECT_THAT(refusal_of(whole.substr(0, data - 4) + whole.substr(whole.find("IEND") - 4)), HasSubstr("damaged")) << "no IDAT";
  for (std::size_t at = data + 4; at < whole.find("IEND") - 8; at += 3) {
    auto spoiled = whole;
    spoiled[at] = static_cast<char>(spoiled[at] ^ 0x55);
    EXPECT_THAT(refusal_of(spoiled), HasSubstr("damaged")) << "byte " << at;
  }
}

TEST(Refused, BeforeMemoryIsTaken) {
  EXPECT_THAT(refusal_of(text_of(encode_jpeg(quadrants(200), true).value())),
              HasSubstr("200 × 200 pixels; a cover must be 16 to 128 pixels on each side"));
  auto flat = png_of_quadrants();
  flat.replace(16, 4, big(60'000, 4)).replace(20, 4, big(60'000, 4));
  EXPECT_FALSE(decode_picture(as_bytes(flat), kLimits));
  EXPECT_THAT(refusal_of("GIF89a"), HasSubstr("damaged"));
  EXPECT_THAT(refusal_of("BM"), HasSubstr("isn't a JPEG, PNG, WebP, GIF, AVIF or HEIC"));
  EXPECT_THAT(refusal_of(""), HasSubstr("isn't a JPEG"));
}

TEST(Refused, WithMoreScansThanAnyPictureNeeds) {
  // The last scan of a progressive file over and over.
  const auto whole = text_of(encode_jpeg(quadrants(), true).value());
  const auto last = whole.rfind("\xFF\xDA");
  const auto tables = whole.rfind("\xFF\xC4", last);
  const auto scan = whole.substr(tables, whole.size() - 2 - tables);
  auto many = whole.substr(0, whole.size() - 2);
  for (int i = 0; i < 5'000; ++i) many += scan;
  EXPECT_FALSE(decode_picture(as_bytes(many + "\xFF\xD9"), kLimits));
}

TEST(Resizing, KeepsTheBrightnessOfFinePatterns) {
  Pixels pattern{.width = kSide, .height = kSide, .rgb = {}};
  for (int i = 0; i < kSide * kSide; ++i) pattern.rgb.insert(pattern.rgb.end(), 3, (i + i / kSide) % 2 == 0 ? 255 : 0);
  // Half of the light is not half of the number (IEC 61966-2-1).
  expect_color(color_at(resized(pattern, kSide / 4), false, false), {188, 188, 188}, 3);
  expect_color(color_at(resized(quadrants(), 24), true, false), kGreen, 1);
  EXPECT_EQ(resized(quadrants(), kSide).rgb, quadrants().rgb);
}

}  // namespace
}  // namespace carillon::media
