#pragma once
// JPEG and PNG files of strangers, decoded whole. What carries no pixels (Exif, XMP, IPTC, texts, comments, what follows the end) goes no
// further than this.

#include "base/result.hpp"
#include "media/pictures/raster.hpp"

#include <span>

namespace carillon::media {

struct DecodeLimits {
  int smallest = 0;  ///< pixels a side
  int largest = 0;
  /// Take what can be decoded of a damaged picture; else a picture is whole or refused.
  bool damaged = false;
};

/// `invalid`, with one sentence for the person who uploaded it, when it is neither JPEG nor PNG, isn't square, is too small or too large,
/// is damaged, or ends before its last pixel.
[[nodiscard]] Result<Raster> decode_picture(std::span<const std::byte> file, const DecodeLimits& limits);

}  // namespace carillon::media
