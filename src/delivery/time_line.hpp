#pragma once
// The moments of an episode within one of its arrangements: for chapters, transcripts and the length that players show. Pure.

#include <chrono>
#include <vector>

namespace carillon::delivery {

/// An uninterrupted part of the episode's audio.
struct ContentPart {
  std::chrono::microseconds from{};  ///< in the episode
  std::chrono::microseconds to{};    ///< in the episode, exclusive
  std::chrono::microseconds at{};    ///< where it starts in the arrangement
  [[nodiscard]] bool operator==(const ContentPart&) const = default;
};

/// Audio can only be cut between frames, so a cut is a little earlier than it was asked for: what starts or ends this close to it belongs
/// to the cut.
inline constexpr std::chrono::milliseconds kCutTolerance{100};

/// Immutable; any thread.
class TimeLine {
 public:
  /// `parts` in the order in which they are heard, which is also that of the episode.
  TimeLine(std::vector<ContentPart> parts, std::chrono::microseconds duration) : parts_{std::move(parts)}, duration_{duration} {}

  /// Where something that starts at `moment` of the episode starts: after an insertion at that moment. If the moment was removed, where the
  /// episode continues.
  [[nodiscard]] std::chrono::microseconds start(std::chrono::microseconds moment) const noexcept;
  /// Where something that ends at `moment` of the episode ends: before an insertion at that moment. If the moment was removed, where the
  /// episode was interrupted.
  [[nodiscard]] std::chrono::microseconds end(std::chrono::microseconds moment) const noexcept;
  /// Of the whole arrangement.
  [[nodiscard]] std::chrono::microseconds duration() const noexcept { return duration_; }
  [[nodiscard]] const std::vector<ContentPart>& parts() const noexcept { return parts_; }

 private:
  std::vector<ContentPart> parts_;
  std::chrono::microseconds duration_;
};

}  // namespace carillon::delivery
