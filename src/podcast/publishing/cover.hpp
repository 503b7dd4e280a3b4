#pragma once
// Cover pictures, checked by their header alone: what directories refuse is refused here, precisely. Nothing is decoded.

#include "podcast/model/show.hpp"

namespace carillon::podcast {

inline constexpr int kSmallestCover = 1400;  ///< pixels a side (Apple Podcasts, "Show cover")
inline constexpr int kLargestCover = 3000;
inline constexpr ByteCount kLargestPicture{12ULL << 20};  ///< the file

/// A square JPEG or PNG, RGB without transparency, 1400–3000 pixels a side. `invalid` says what it is instead. Pure.
[[nodiscard]] Result<Picture> check_cover(std::string_view bytes);

}  // namespace carillon::podcast
