#pragma once
// Scheduling: derives an episode's state from its publisher's request and its content, and enqueues the job for its date.

#include "podcast/publishing/acts.hpp"

namespace carillon::podcast {

/// The kinds of the jobs of production: encoding a master; publishing a due episode.
inline constexpr std::string_view kIngestJob = "ingest";
inline constexpr std::string_view kPublishJob = "publish";

/// Attaches the recording to the episode for encoding. A published episode doesn't change until its new audio is ready.
inline void begin_processing(Episode& episode, const Original& original) {
  episode.original = original;
  episode.original_dropped.reset();
  if (episode.state != EpisodeState::published) episode.state = EpisodeState::processing;
}

/// Any thread; in the caller's transaction. Each function changes the episode; the caller stores it.
class Schedule {
 public:
  Schedule(const Clock& clock, Random& random) : clock_{clock}, random_{random} {}

  /// Updates the state of an episode with a master as requested: published, scheduled, or back to draft.
  Result<> settle(ActTransaction& transaction, Episode& episode) const;
  /// Enqueues the job of a scheduled episode again, or makes it a draft if its date has passed.
  Result<> resume(ActTransaction& transaction, Episode& episode) const;

 private:
  const Clock& clock_;
  Random& random_;
};

}  // namespace carillon::podcast
