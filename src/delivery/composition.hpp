#pragma once
// Puts an arrangement together: the parts of an episode, what is left out, and what is inserted between them. Pure.

#include "delivery/arrangement.hpp"

#include <optional>
#include <span>

namespace carillon::delivery {

/// A place in the frames of a master. Offsets are those of frames.
struct Cut {
  ByteCount at;
  std::optional<ByteCount> until{};  ///< the part from `at` to it is left out
  std::vector<Piece> inserted{};     ///< what is heard at `at`
};

/// The pieces of an episode whose master has `length` bytes of frames. `cuts` by their position; those after the end are at the end.
[[nodiscard]] std::vector<Piece> compose(const Digest& content, ByteCount length, std::span<const Cut> cuts);

/// Whether it is the episode as its master has it.
[[nodiscard]] bool is_whole(std::span<const Piece> pieces, const Digest& content, ByteCount length) noexcept;

}  // namespace carillon::delivery
