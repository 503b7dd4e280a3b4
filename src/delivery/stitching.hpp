#pragma once
// Turns an arrangement into the bytes that are served: the episode's tag with moved chapters, an Info frame for the whole, and the pieces.

#include "body/body.hpp"
#include "delivery/arrangement.hpp"
#include "delivery/time_line.hpp"

#include <functional>

namespace carillon::delivery {

/// Opens a blob; `not_found` if it's gone. Blocks.
using OpenBlob = std::function<Result<Body>(const Digest&)>;

struct Stitched {
  Body body;  ///< the whole file
  TimeLine times;
};

/// The same arrangement always has the same bytes. `not_found` if a blob is gone, `corrupt` if one is too short or a piece doesn't start
/// with a frame in the format of the first one. Reads the tag and a few bytes of each piece: blocks; worker threads.
[[nodiscard]] Result<Stitched> stitch(const Arrangement& arrangement, const OpenBlob& open);

}  // namespace carillon::delivery
