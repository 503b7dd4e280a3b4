#pragma once
// All publishers' actions. Each action is one transaction, then the show's snapshot is replaced (acts.hpp).

#include "podcast/publishing/cue_points.hpp"
#include "podcast/publishing/episode_media.hpp"
#include "podcast/publishing/episode_texts.hpp"
#include "podcast/publishing/episodes.hpp"
#include "podcast/publishing/shows.hpp"

namespace carillon::podcast {

/// Any thread. All arguments must outlive it.
struct Publishing {
  /// `disk` is for blocking work: hashing, storing.
  Publishing(db::Database& database, blob::Store& media, Catalogue& catalogue, jobs::Runner& jobs, jobs::Workers& disk, const Clock& clock,
             Random& random, const Addresses& addresses, const audio::MediaProgram& program);

  Acts acts;
  Tags tags;
  Schedule schedule;
  /// For formatting and checking texts; by person, so that one person's texts don't delay everyone else's.
  jobs::FairWorkers text_workers{{.threads = 2, .running_per_key = 1, .waiting_per_key = 64}};

  Pictures pictures;
  /// For decoding images; also by person. The decoder uses a processor for some seconds.
  jobs::FairWorkers picture_workers{{.threads = 2, .running_per_key = 1, .waiting_per_key = 16}};

  Shows shows;
  Episodes episodes;
  EpisodeMedia media;
  EpisodeTexts texts;
  CuePoints cue_points;
};

}  // namespace carillon::podcast
