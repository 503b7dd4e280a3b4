#pragma once
// Pixels in memory, on their way from a decoder to an encoder.

#include "base/bytes.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace carillon::media {

/// Eight bits a channel, rows from the top, no padding: RGB in sRGB. The common format of all images.
struct Pixels {
  int width = 0;
  int height = 0;
  std::vector<std::uint8_t> rgb;
};

/// The channels of a pixel. In `cmyk`, 255 is no ink, as in files by Adobe's programs.
enum class Channels { grey, grey_alpha, rgb, rgba, cmyk };
[[nodiscard]] constexpr std::size_t bytes_of(Channels channels) noexcept {
  switch (channels) {
    case Channels::grey:
      return 1;
    case Channels::grey_alpha:
      return 2;
    case Channels::rgb:
      return 3;
    case Channels::rgba:
    case Channels::cmyk:
      return 4;
  }
  return 4;
}

/// The primaries of a PNG file without a profile (PNG, §11.3.2: cHRM and gAMA).
struct Primaries {
  double white_x = 0.3127, white_y = 0.3290;
  double red_x = 0.64, red_y = 0.33;
  double green_x = 0.30, green_y = 0.60;
  double blue_x = 0.15, blue_y = 0.06;
};
struct Calibration {
  double gamma = 0;  ///< of the display that these samples are for: 2.2
  Primaries primaries;
};

/// The output of a decoder.
struct Raster {
  int width = 0;
  int height = 0;
  Channels channels = Channels::rgb;
  std::vector<std::uint8_t> samples;
  Bytes profile;                           ///< ICC; empty if there is none
  std::optional<Calibration> calibration;  ///< in place of a profile
  int orientation = 1;                     ///< 1–8 (Exif 2.32 §4.6.4, Orientation)
};

}  // namespace carillon::media
