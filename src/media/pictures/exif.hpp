#pragma once
// The only Exif field that is used before Exif data is dropped.

#include <cstddef>
#include <span>

namespace carillon::media {

/// The orientation, 1–8, in a TIFF header with its first directory (Exif 2.32 §4.5); 1 if missing or invalid. Pure.
[[nodiscard]] int orientation_in(std::span<const std::byte> tiff) noexcept;

}  // namespace carillon::media
