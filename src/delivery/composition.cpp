// See composition.hpp.

#include "delivery/composition.hpp"

#include <algorithm>

namespace carillon::delivery {

std::vector<Piece> compose(const Digest& content, ByteCount length, std::span<const Cut> cuts) {
  std::vector<Piece> pieces;
  ByteCount done;
  const auto content_up_to = [&](ByteCount end) {
    if (end > done) pieces.push_back({.frames = content, .offset = done, .length = end - done});
    done = std::max(done, end);
  };
  for (const auto& cut : cuts) {
    // A cut without effect doesn't split what belongs together.
    if (cut.inserted.empty() && !cut.until) continue;
    content_up_to(std::min(cut.at, length));
    pieces.insert(pieces.end(), cut.inserted.begin(), cut.inserted.end());
    if (cut.until) done = std::max(done, std::min(*cut.until, length));
  }
  content_up_to(length);
  return pieces;
}

bool is_whole(std::span<const Piece> pieces, const Digest& content, ByteCount length) noexcept {
  return pieces.size() == 1 && pieces.front() == Piece{.frames = content, .offset = {}, .length = length};
}

}  // namespace carillon::delivery
