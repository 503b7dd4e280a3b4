#pragma once
// Puts decided advertisements into an episode. Pure.

#include "ads/deciding/decision.hpp"
#include "ads/model/figures.hpp"
#include "delivery/arrangement.hpp"

#include <span>

namespace carillon::ads {

/// A place in the frames of a master: for advertisements, or of a removed part.
struct CutPlace {
  ByteCount at;
  std::optional<ByteCount> until{};  ///< of a removed part
  Position position = Position::midroll;
  int slots = 0;  ///< 0 for a removed part
};

/// An episode's audio, as far as it has to be known to insert something.
struct Content {
  std::string episode;  ///< id
  Digest prefix;
  Digest frames;
  ByteCount length;  ///< of the frames
  audio::Format format;
  double loudness = -16;                 ///< of the master, LUFS
  std::chrono::microseconds duration{};  ///< of the master
  std::vector<CutPlace> places;          ///< by their position
};

/// The breaks of an episode, in the order of its places that have slots. Together they have at most as many slots as an arrangement can
/// have other files: the largest ones lose some.
[[nodiscard]] std::vector<Break> breaks_of(const Content& content);

struct Arranged {
  delivery::Arrangement arrangement;
  ArrangedAds ads;
  [[nodiscard]] bool is_whole() const noexcept;  ///< it's the episode as its master has it
};

/// `insertions` are what decide() made of breaks_of(content) and `orders`.
[[nodiscard]] Arranged arrange(const Content& content, std::span<const Order> orders, std::span<const Insertion> insertions);

}  // namespace carillon::ads
