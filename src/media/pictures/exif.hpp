#pragma once
// The one field of Exif that the pixels need before all of it is dropped.

#include <cstddef>
#include <span>

namespace carillon::media {

/// The orientation, 1–8, in a TIFF header with its first directory (Exif 2.32 §4.5); 1 where it says nothing, or nonsense. Pure.
[[nodiscard]] int orientation_in(std::span<const std::byte> tiff) noexcept;

}  // namespace carillon::media
