#pragma once
// The operation "master": measure, adjust to podcast loudness, limit, encode.

#include "base/result.hpp"
#include "media/protocol/protocol.hpp"

#include <functional>

namespace carillon::media {

/// Integrated loudness of a master in LUFS; directories require it ±1 (Apple Podcasts, audio requirements).
inline constexpr double kTargetLoudness = -16;

/// Reports progress; an error (the caller is gone) stops the work.
using Report = std::function<Result<>(double fraction, std::string_view doing)>;

/// Reads `source` (a regular file) twice or more, writes bare MP3 frames to `target`. A silent recording stays silent.
[[nodiscard]] Result<protocol::MasterDone> make_master(const protocol::MasterRequest& request, int source, int target,
                                                       const Report& report);

}  // namespace carillon::media
