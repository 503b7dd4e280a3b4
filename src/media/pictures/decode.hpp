#pragma once
// Decodes untrusted JPEG and PNG files completely. Everything but pixels (Exif, XMP, IPTC, texts, comments, trailing data) is dropped here.

#include "base/result.hpp"
#include "media/pictures/raster.hpp"

#include <span>

namespace carillon::media {

struct DecodeLimits {
  int smallest = 0;  ///< pixels a side
  int largest = 0;
  /// Accept the decodable part of a damaged image; otherwise damaged images are rejected.
  bool damaged = false;
};

/// `invalid`, with one sentence for the person who uploaded it, if it is neither JPEG nor PNG, isn't square, is too small or too large,
/// is damaged, or ends before its last pixel.
[[nodiscard]] Result<Raster> decode_picture(std::span<const std::byte> file, const DecodeLimits& limits);

}  // namespace carillon::media
