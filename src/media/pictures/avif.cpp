// libavif, decoding without threads, which the sandbox doesn't allow.

#include "media/pictures/decoders.hpp"

#include <avif/avif.h>
#include <fmt/format.h>

#include <array>
#include <memory>

namespace carillon::media {
namespace {

/// As an Exif orientation; the picture is turned first, then mirrored (ISO/IEC 23000-22 §7.3.6.7).
int orientation_of(const avifImage& image) {
  const int turns = (image.transformFlags & AVIF_TRANSFORM_IROT) != 0 ? image.irot.angle & 3 : 0;  // anti-clockwise
  if ((image.transformFlags & AVIF_TRANSFORM_IMIR) == 0) {
    constexpr std::array<int, 4> kTurned{1, 8, 3, 6};
    return kTurned.at(static_cast<std::size_t>(turns));
  }
  constexpr std::array<int, 4> kUpsideDown{4, 5, 2, 7}, kMirrored{2, 7, 4, 5};
  return (image.imir.mode == 0 ? kUpsideDown : kMirrored).at(static_cast<std::size_t>(turns));
}

void read_colors(const avifImage& image, Raster& raster) {
  if (image.icc.size > 0) {
    const auto bytes = std::as_bytes(std::span{image.icc.data, image.icc.size});
    raster.profile.assign(bytes.begin(), bytes.end());
    return;
  }
  constexpr double kGamma = 2.2;
  // Display P3, and the primaries of television in ultra-high definition (ITU-T H.273, table 2).
  if (image.colorPrimaries == AVIF_COLOR_PRIMARIES_SMPTE432)
    raster.calibration = Calibration{.gamma = kGamma, .primaries = {0.3127, 0.3290, 0.680, 0.320, 0.265, 0.690, 0.150, 0.060}};
  else if (image.colorPrimaries == AVIF_COLOR_PRIMARIES_BT2020)
    raster.calibration = Calibration{.gamma = kGamma, .primaries = {0.3127, 0.3290, 0.708, 0.292, 0.170, 0.797, 0.131, 0.046}};
}

bool is_high_dynamic_range(const avifImage& image) {
  return image.transferCharacteristics == AVIF_TRANSFER_CHARACTERISTICS_SMPTE2084 ||
         image.transferCharacteristics == AVIF_TRANSFER_CHARACTERISTICS_HLG;
}

}  // namespace

Result<Raster> decode_avif(std::span<const std::byte> file, const DecodeLimits& limits) {
  const std::unique_ptr<avifDecoder, decltype(&avifDecoderDestroy)> decoder{avifDecoderCreate(), &avifDecoderDestroy};
  if (!decoder) return fail(ErrorKind::internal, "could not set up the AVIF decoder");
  decoder->maxThreads = 1;
  decoder->ignoreExif = AVIF_TRUE;
  decoder->ignoreXMP = AVIF_TRUE;
  decoder->imageSizeLimit = static_cast<std::uint32_t>(kMaxDecodedPixels);
  const auto damaged = [&](avifResult result) {
    return damaged_picture("AVIF", fmt::format("it can't be decoded ({})", avifResultToString(result)));
  };
  if (const auto result = avifDecoderSetIOMemory(decoder.get(), reinterpret_cast<const std::uint8_t*>(file.data()), file.size());
      result != AVIF_RESULT_OK)
    return damaged(result);
  if (const auto result = avifDecoderParse(decoder.get()); result != AVIF_RESULT_OK) return damaged(result);
  if (auto fits = check_sides(decoder->image->width, decoder->image->height, limits); !fits) return forward_error(fits);
  if (is_high_dynamic_range(*decoder->image))
    return fail(ErrorKind::invalid, "The AVIF image has a high dynamic range (HDR), which other screens can't show. Export it without.");
  if (const auto result = avifDecoderNextImage(decoder.get()); result != AVIF_RESULT_OK) return damaged(result);
  const auto& image = *decoder->image;
  // The pixels may say otherwise than the header.
  if (auto fits = check_sides(image.width, image.height, limits); !fits) return forward_error(fits);
  Raster raster{.width = static_cast<int>(image.width), .height = static_cast<int>(image.height), .channels = Channels::rgba};
  const auto row = std::size_t{image.width} * bytes_of(raster.channels);
  raster.samples.resize(row * image.height);
  avifRGBImage rgb;
  avifRGBImageSetDefaults(&rgb, &image);
  rgb.format = AVIF_RGB_FORMAT_RGBA;
  rgb.depth = 8;
  rgb.pixels = raster.samples.data();
  rgb.rowBytes = static_cast<std::uint32_t>(row);
  if (const auto result = avifImageYUVToRGB(&image, &rgb); result != AVIF_RESULT_OK) return damaged(result);
  read_colors(image, raster);
  raster.orientation = orientation_of(image);
  return raster;
}

}  // namespace carillon::media
