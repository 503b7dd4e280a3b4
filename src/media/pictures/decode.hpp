#pragma once
// Decodes untrusted JPEG, PNG, WebP, GIF, AVIF and HEIC files completely; of animations the first frame. Everything but pixels (Exif, XMP,
// IPTC, texts, comments, trailing data) is dropped here.

#include "base/result.hpp"
#include "media/pictures/raster.hpp"

#include <span>

namespace carillon::media {

struct DecodeLimits {
  int smallest = 0;  ///< pixels a side
  int largest = 0;
  /// Accept the decodable part of a damaged image; otherwise damaged images are rejected.
  bool damaged = false;
  /// Accept images that aren't square, that are smaller than `smallest` (but at least kSmallestToFit) or larger than `largest` (but at most
  /// kMaxDecodedPixels): the caller crops and scales them.
  bool fit = false;
};

inline constexpr int kSmallestToFit = 300;                      ///< pixels on the shorter side; less would be blurred beyond use
inline constexpr std::uint64_t kMaxDecodedPixels = 50'000'000;  ///< more than cameras of phones have; 200 MB when decoded
inline constexpr int kMaxDecodedSide = 16'384;                  ///< pixels

/// `invalid`, with one sentence for the person who uploaded it, if it has none of these formats, isn't square, is too small or too large,
/// is damaged, or ends before its last pixel.
[[nodiscard]] Result<Raster> decode_picture(std::span<const std::byte> file, const DecodeLimits& limits);

}  // namespace carillon::media
