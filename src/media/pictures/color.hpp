#pragma once
// From a decoder's samples to pixels as screens show them.

#include "media/pictures/raster.hpp"

namespace carillon::media {

/// sRGB by the picture's profile (a broken one, or one for other channels, is passed over), transparency on white, turned as its
/// orientation says.
[[nodiscard]] Pixels to_pixels(Raster raster);

}  // namespace carillon::media
