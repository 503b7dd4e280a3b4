#pragma once
// Checks covers before decoding: files that can't be covers are rejected immediately with a precise reason.

#include "podcast/model/show.hpp"

namespace carillon::podcast {

inline constexpr int kSmallestCover = 1400;  ///< pixels a side (Apple Podcasts, "Show cover")
inline constexpr int kLargestCover = 3000;
inline constexpr ByteCount kLargestPicture = audio::kLargestPicture;  ///< the file

/// A square JPEG or PNG, 1400–3000 pixels a side, according to its header. `invalid` says what it is instead. Pure.
[[nodiscard]] Result<> check_cover(std::string_view bytes);

}  // namespace carillon::podcast
