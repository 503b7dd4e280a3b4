#pragma once
// The operation "picture": converts an uploaded image to our own files in all sizes.

#include "base/result.hpp"
#include "media/protocol/protocol.hpp"

#include <functional>
#include <string_view>

namespace carillon::media {

/// Converts `picture`, a whole file, and writes the files one after another to `target`, as listed in the result.
/// `report` gets the progress; its error (the caller is gone) stops the work.
[[nodiscard]] Result<protocol::PictureDone> make_sizes(const protocol::PictureRequest& request, Bytes picture, int target,
                                                       const std::function<Result<>(double, std::string_view)>& report);
/// The same for `source`, a regular file.
[[nodiscard]] Result<protocol::PictureDone> make_sizes(const protocol::PictureRequest& request, int source, int target,
                                                       const std::function<Result<>(double, std::string_view)>& report);

}  // namespace carillon::media
