#pragma once
// The operation "master": measure, bring to the loudness of podcasts, limit, encode.

#include "base/result.hpp"
#include "media/protocol/protocol.hpp"

#include <functional>

namespace carillon::media {

/// Integrated loudness of a master in LUFS; directories ask for it ±1 (Apple Podcasts, audio requirements).
inline constexpr double kTargetLoudness = -16;

/// Tells how far the work is; an error (nobody listens any more) ends the work.
using Report = std::function<Result<>(double fraction, std::string_view doing)>;

/// Reads `source` (a regular file) twice or more, writes bare MP3 frames to `target`. A recording that is silent stays so.
[[nodiscard]] Result<protocol::MasterDone> make_master(const protocol::MasterRequest& request, int source, int target,
                                                       const Report& report);

}  // namespace carillon::media
