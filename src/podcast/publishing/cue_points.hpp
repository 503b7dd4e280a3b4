#pragma once
// Setting the cue points of episodes.

#include "accounts/caller.hpp"
#include "podcast/publishing/acts.hpp"

namespace carillon::podcast {

/// Any thread; for `by` and `revision`, see Shows.
class CuePoints {
 public:
  explicit CuePoints(Acts& acts) : acts_{acts} {}

  /// Replaces all of them, and removes the finding that earlier ones were deleted. A listener who has begun a download keeps what they got.
  /// `invalid` if one is after the end of the recording.
  asio::awaitable<Result<Episode>> set(accounts::Actor by, std::string id, std::vector<CuePoint> points,
                                       std::optional<std::int64_t> revision);

 private:
  Acts& acts_;
};

}  // namespace carillon::podcast
