#pragma once
// Converts a decoder's samples to pixels for display.

#include "media/pictures/raster.hpp"

namespace carillon::media {

/// Converts to sRGB by the image's profile (ignores a broken one, or one for other channels), puts transparency on white, and applies the
/// orientation.
[[nodiscard]] Pixels to_pixels(Raster raster);

}  // namespace carillon::media
