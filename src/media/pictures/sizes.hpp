#pragma once
// The operation "picture": a stranger's picture becomes files of ours, at every size that is shown somewhere.

#include "base/result.hpp"
#include "media/protocol/protocol.hpp"

#include <functional>
#include <string_view>

namespace carillon::media {

/// Reads `source`, a regular file, and writes the files one behind the other to `target`, as the answer lists them.
/// `report` tells how far the work is; an error (nobody listens any more) ends it.
[[nodiscard]] Result<protocol::PictureDone> make_sizes(const protocol::PictureRequest& request, int source, int target,
                                                       const std::function<Result<>(double, std::string_view)>& report);

}  // namespace carillon::media
