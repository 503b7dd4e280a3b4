#pragma once
// The operation "master": measure, adjust to podcast loudness, limit, encode.

#include "base/result.hpp"
#include "media/protocol/protocol.hpp"

#include <functional>

namespace carillon::media {

/// The usual integrated loudness of a master in LUFS; directories require it ±1 (Apple Podcasts, audio requirements).
inline constexpr double kTargetLoudness = -16;
inline constexpr double kLoudnessTolerance = 1;

/// Reports progress; an error (the caller is gone) stops the work.
using Report = std::function<Result<>(double fraction, std::string_view doing)>;

/// Reads `source` (a regular file) twice or more, writes bare MP3 frames to `target`. Their loudness, as decoded, is the requested one,
/// their true peak at most the requested one, or the findings say otherwise. A silent recording stays silent.
[[nodiscard]] Result<protocol::MasterDone> make_master(const protocol::MasterRequest& request, int source, int target,
                                                       const Report& report);

/// The operation "probe": what the recording behind `source` (a regular file) is and how long, before it is decoded.
[[nodiscard]] Result<protocol::ProbeDone> probe_recording(int source, const Report& report);

/// The cover in the metadata of a recording, as it is in the file: at most protocol::kLargestPicture, and nothing about it is checked.
/// `invalid` if there is none.
[[nodiscard]] Result<Bytes> picture_in(int source);

}  // namespace carillon::media
