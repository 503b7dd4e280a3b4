#pragma once
// JPEG and WebP files without anything but pixels in them.

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "media/pictures/raster.hpp"

namespace carillon::media {

/// Progressive. `fine` is for what others make their own sizes of: little is lost, and colors keep their full resolution.
[[nodiscard]] Result<Bytes> encode_jpeg(const Pixels& pixels, bool fine);
[[nodiscard]] Result<Bytes> encode_webp(const Pixels& pixels);

}  // namespace carillon::media
