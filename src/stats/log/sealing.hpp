#pragma once
// Compresses complete segments: rewrites them under the same name, with their texts in front.

#include "base/result.hpp"

#include <atomic>
#include <cstdint>
#include <filesystem>

namespace carillon::stats {

/// The zstd level: a segment is compressed once, in the background, and kept for a year.
inline constexpr int kSealingLevel = 6;

/// Compresses `segment` if it has version 2, is complete and isn't sealed yet; returns whether it did. Other segments aren't changed:
/// version 1 and damaged ones (an incomplete segment is never rewritten). The file is replaced atomically and durably after the new one was
/// read back and has the same number of records. `stop` ends it early without changes. Blocks.
Result<bool> seal(const std::filesystem::path& segment, const std::atomic<bool>& stop);

/// Removes files that a crash during seal() left in `folder`. Blocks.
Result<> remove_half_sealed(const std::filesystem::path& folder);

/// Seals the oldest unchecked segment with a number below `open`: `looked_at` is the highest checked number, and is increased. Returns
/// whether there may be more. Blocks.
Result<bool> seal_next(const std::filesystem::path& folder, std::uint64_t open, std::uint64_t& looked_at, const std::atomic<bool>& stop);

}  // namespace carillon::stats
