#pragma once
// Encodes JPEG and WebP files that only contain pixels.

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "media/pictures/raster.hpp"

namespace carillon::media {

/// Progressive. `fine` is for images that others resize: high quality with full color resolution.
[[nodiscard]] Result<Bytes> encode_jpeg(const Pixels& pixels, bool fine);
[[nodiscard]] Result<Bytes> encode_webp(const Pixels& pixels);

}  // namespace carillon::media
