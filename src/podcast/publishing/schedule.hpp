#pragma once
// When an episode goes out: from what its publisher wishes and what there is of it to its state, with the job that is due then.

#include "podcast/publishing/acts.hpp"

namespace carillon::podcast {

/// The kinds of the jobs of production: a recording is made into a master; what is due goes out.
inline constexpr std::string_view kIngestJob = "ingest";
inline constexpr std::string_view kPublishJob = "publish";

/// The recording is the episode's, and is made into its master. A public episode stays as it is until its new audio is ready.
inline void begin_processing(Episode& episode, const Digest& original) {
  episode.original = original;
  if (episode.state != EpisodeState::published) episode.state = EpisodeState::processing;
}

/// Any thread; within the caller's transaction. Each changes the episode, and its caller stores it.
class Schedule {
 public:
  Schedule(const Clock& clock, Random& random) : clock_{clock}, random_{random} {}

  /// Moves an episode with a master on as its wish says: published, scheduled, or back to draft.
  Result<> settle(ActTransaction& transaction, Episode& episode) const;
  /// Brings what waits for its second back to its job, or makes it a draft when that has passed.
  Result<> resume(ActTransaction& transaction, Episode& episode) const;

 private:
  const Clock& clock_;
  Random& random_;
};

}  // namespace carillon::podcast
