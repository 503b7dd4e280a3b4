#pragma once
// Resizes images.

#include "media/pictures/raster.hpp"

namespace carillon::media {

/// Scales `pixels` down to a square of `side`: filtered in linear light, so that fine patterns keep their brightness.
[[nodiscard]] Pixels resized(const Pixels& pixels, int side);

}  // namespace carillon::media
