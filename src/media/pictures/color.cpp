// lcms2 for what has a profile; by the book for the rest.

#include "media/pictures/color.hpp"

#include <lcms2.h>

#include <array>
#include <memory>

namespace carillon::media {
namespace {

struct CloseProfile {
  void operator()(void* profile) const noexcept { cmsCloseProfile(profile); }
};
struct DeleteTransform {
  void operator()(void* transform) const noexcept { cmsDeleteTransform(transform); }
};
using Profile = std::unique_ptr<void, CloseProfile>;
using Transform = std::unique_ptr<void, DeleteTransform>;

bool is_grey(Channels channels) { return channels == Channels::grey || channels == Channels::grey_alpha; }

Profile profile_of(const Raster& raster) {
  if (!raster.profile.empty()) {
    Profile profile{cmsOpenProfileFromMem(raster.profile.data(), static_cast<cmsUInt32Number>(raster.profile.size()))};
    if (!profile) return {};
    const auto space = cmsGetColorSpace(profile.get());
    const auto wanted = raster.channels == Channels::cmyk ? cmsSigCmykData : is_grey(raster.channels) ? cmsSigGrayData : cmsSigRgbData;
    return space == wanted ? std::move(profile) : Profile{};
  }
  if (!raster.calibration) return {};
  const auto& at = raster.calibration->primaries;
  using Curve = std::unique_ptr<cmsToneCurve, decltype([](cmsToneCurve* curve) { cmsFreeToneCurve(curve); })>;
  const Curve curve{cmsBuildGamma(nullptr, raster.calibration->gamma)};
  if (!curve) return {};
  const cmsCIExyY white{at.white_x, at.white_y, 1};
  if (is_grey(raster.channels)) return Profile{cmsCreateGrayProfile(&white, curve.get())};
  const cmsCIExyYTRIPLE primaries{{at.red_x, at.red_y, 1}, {at.green_x, at.green_y, 1}, {at.blue_x, at.blue_y, 1}};
  std::array<cmsToneCurve*, 3> curves{curve.get(), curve.get(), curve.get()};
  return Profile{cmsCreateRGBProfile(&white, &primaries, curves.data())};
}

/// Null where it has no profile that fits it.
Transform transform_of(const Raster& raster) {
  const auto profile = profile_of(raster);
  if (!profile) return {};
  const Profile screen{cmsCreate_sRGBProfile()};
  if (!screen) return {};
  cmsUInt32Number format = 0;
  switch (raster.channels) {
    case Channels::grey:
      format = TYPE_GRAY_8;
      break;
    case Channels::grey_alpha:
      format = TYPE_GRAYA_8;
      break;
    case Channels::rgb:
      format = TYPE_RGB_8;
      break;
    case Channels::rgba:
      format = TYPE_RGBA_8;
      break;
    case Channels::cmyk:
      format = TYPE_CMYK_8_REV;
      break;
  }
  return Transform{cmsCreateTransform(profile.get(), format, screen.get(), TYPE_RGB_8, INTENT_PERCEPTUAL, 0)};
}

std::uint8_t product(std::uint8_t a, std::uint8_t b) { return static_cast<std::uint8_t>((a * b + 127) / 255); }

/// One row as RGB, without a profile.
void plain(Channels channels, const std::uint8_t* from, std::uint8_t* to, int width) {
  const auto size = bytes_of(channels);
  for (int x = 0; x < width; ++x, from += size, to += 3) {
    switch (channels) {
      case Channels::grey:
      case Channels::grey_alpha:
        to[0] = to[1] = to[2] = from[0];
        break;
      case Channels::rgb:
      case Channels::rgba:
        for (int i = 0; i < 3; ++i) to[i] = from[i];
        break;
      case Channels::cmyk:
        for (int i = 0; i < 3; ++i) to[i] = product(from[i], from[3]);
        break;
    }
  }
}

/// What shines through is white: there is one background that suits every app no worse than others.
void onto_white(Channels channels, const std::uint8_t* from, std::uint8_t* to, int width) {
  const auto size = bytes_of(channels);
  for (int x = 0; x < width; ++x, from += size, to += 3) {
    const auto alpha = from[size - 1];
    for (int i = 0; i < 3; ++i) to[i] = static_cast<std::uint8_t>(product(to[i], alpha) + (255 - alpha));
  }
}

/// Exif 2.32, Orientation: 2–8 are mirrored, turned or both.
Pixels turned(Pixels from, int orientation) {
  if (orientation <= 1 || orientation > 8) return from;
  const bool sideways = orientation >= 5;
  Pixels to{.width = sideways ? from.height : from.width, .height = sideways ? from.width : from.height, .rgb = {}};
  to.rgb.resize(from.rgb.size());
  const auto width = static_cast<std::size_t>(from.width), height = static_cast<std::size_t>(from.height);
  auto* out = to.rgb.data();
  for (std::size_t y = 0; y < static_cast<std::size_t>(to.height); ++y) {
    for (std::size_t x = 0; x < static_cast<std::size_t>(to.width); ++x, out += 3) {
      // Where this pixel was.
      std::size_t column = sideways ? y : x, row = sideways ? x : y;
      if (orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8) column = width - 1 - column;
      if (orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7) row = height - 1 - row;
      const auto* in = from.rgb.data() + (row * width + column) * 3;
      out[0] = in[0], out[1] = in[1], out[2] = in[2];
    }
  }
  return to;
}

}  // namespace

Pixels to_pixels(Raster raster) {
  Pixels pixels{.width = raster.width, .height = raster.height, .rgb = {}};
  const auto width = static_cast<std::size_t>(raster.width), height = static_cast<std::size_t>(raster.height);
  pixels.rgb.resize(width * height * 3);
  const auto transform = transform_of(raster);
  const auto size = bytes_of(raster.channels);
  const bool has_alpha = raster.channels == Channels::grey_alpha || raster.channels == Channels::rgba;
  for (std::size_t y = 0; y < height; ++y) {
    const auto* from = raster.samples.data() + y * width * size;
    auto* to = pixels.rgb.data() + y * width * 3;
    if (transform)
      cmsDoTransform(transform.get(), from, to, static_cast<cmsUInt32Number>(width));
    else
      plain(raster.channels, from, to, raster.width);
    if (has_alpha) onto_white(raster.channels, from, to, raster.width);
  }
  raster.samples = {};
  return turned(std::move(pixels), raster.orientation);
}

}  // namespace carillon::media
