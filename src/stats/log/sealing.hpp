#pragma once
// Complete segments are compressed: written again under the same name, with their texts in front.

#include "base/result.hpp"

#include <atomic>
#include <cstdint>
#include <filesystem>

namespace carillon::stats {

/// Of zstd: a segment is compressed once, aside from everything else, and kept for a year.
inline constexpr int kSealingLevel = 6;

/// Compresses `segment` where it is one of version 2 that is whole and not sealed yet; answers whether it did. Anything else stays as it
/// is: version 1, and what is damaged (nothing is written again of which a part is missing). The file is replaced at once, durably, after
/// the new one was read back and has the same number of records. `stop` ends it early, with nothing done. Blocks.
Result<bool> seal(const std::filesystem::path& segment, const std::atomic<bool>& stop);

/// Removes what a crash left of a seal() in `folder`. Blocks.
Result<> remove_half_sealed(const std::filesystem::path& folder);

/// Seals the oldest segment with a number below `open` that has not been looked at: `looked_at` is the highest number that was, and goes
/// up. Answers whether there may be more. Blocks.
Result<bool> seal_next(const std::filesystem::path& folder, std::uint64_t open, std::uint64_t& looked_at, const std::atomic<bool>& stop);

}  // namespace carillon::stats
