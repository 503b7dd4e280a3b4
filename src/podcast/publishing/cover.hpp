#pragma once
// Checks covers before decoding: files that can't be covers are rejected immediately with a precise reason.

#include "podcast/model/show.hpp"

namespace carillon::podcast {

inline constexpr int kSmallestCover = 1400;  ///< pixels a side (Apple Podcasts, "Show cover")
inline constexpr int kLargestCover = 3000;
inline constexpr ByteCount kLargestPicture = audio::kLargestPicture;  ///< the file

/// How a picture becomes a cover.
enum class CoverFit {
  as_it_is,  ///< it must be square, 1400–3000 pixels a side
  cropped    ///< its middle is cut out and scaled to such a side
};

/// Whether a picture can be a cover, according to its first bytes: JPEG, PNG, WebP, GIF, AVIF or HEIC; the size of a JPEG or PNG is checked
/// here, that of the others when they're decoded. `invalid` says what it is instead; about the field "fit" if CoverFit::cropped would help,
/// otherwise about "image". Pure.
[[nodiscard]] Result<> check_cover(std::string_view bytes, CoverFit fit);

/// `error`, if it's `invalid`, with its field: "fit" if its message offers to crop and scale the picture, else "image".
[[nodiscard]] Error picture_error(Error error);

/// The value of the parameter "fit": "crop", or "" for CoverFit::as_it_is.
[[nodiscard]] Result<CoverFit> cover_fit_of(std::string_view value);

}  // namespace carillon::podcast
