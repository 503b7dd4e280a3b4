#pragma once
// Resizes images.

#include "media/pictures/raster.hpp"

namespace carillon::media {

/// The largest square in the middle of `pixels`.
[[nodiscard]] Pixels cropped_to_square(Pixels pixels);

/// Scales `pixels` to a square of `side`: filtered in linear light, so that fine patterns keep their brightness.
[[nodiscard]] Pixels resized(const Pixels& pixels, int side);

}  // namespace carillon::media
