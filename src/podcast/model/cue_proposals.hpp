#pragma once
// Proposals for cue points. Pure.

#include "podcast/model/cue_points.hpp"
#include "podcast/model/findings.hpp"

#include <chrono>
#include <span>
#include <vector>

namespace carillon::podcast {

/// Proposals for an episode of this length: the beginning, the end, and about every kBetweenCuePoints the middle of a silence; one in front
/// of a chapter rather than others, and long ones rather than short ones. Where there is no silence, nothing is proposed. `chapters` are
/// the times at which chapters begin.
[[nodiscard]] std::vector<CuePoint> propose_cue_points(std::chrono::milliseconds duration, std::span<const Silence> silences,
                                                       std::span<const std::chrono::milliseconds> chapters);

inline constexpr std::chrono::minutes kBetweenCuePoints{10};

}  // namespace carillon::podcast
