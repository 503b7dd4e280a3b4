#pragma once
// Smaller pictures of a picture.

#include "media/pictures/raster.hpp"

namespace carillon::media {

/// `pixels`, at most as large as they are, as a square of `side`: filtered in linear light, so that fine patterns keep their brightness.
[[nodiscard]] Pixels resized(const Pixels& pixels, int side);

}  // namespace carillon::media
