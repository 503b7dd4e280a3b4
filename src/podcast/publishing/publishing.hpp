#pragma once
// What publishers do, put together. Each act is one transaction, then the show's snapshot is replaced (acts.hpp).

#include "podcast/publishing/episode_media.hpp"
#include "podcast/publishing/episode_texts.hpp"
#include "podcast/publishing/episodes.hpp"
#include "podcast/publishing/shows.hpp"

namespace carillon::podcast {

/// Any thread. All arguments must outlive it.
struct Publishing {
  /// `disk` is for what blocks: hashing, storing.
  Publishing(db::Database& database, blob::Store& media, Catalogue& catalogue, jobs::Runner& jobs, jobs::Workers& disk, const Clock& clock,
             Random& random, const Addresses& addresses, const audio::MediaProgram& program);

  Acts acts;
  Tags tags;
  Schedule schedule;
  /// For what formats and checks texts; by person, so that nobody's texts keep all others waiting.
  jobs::FairWorkers text_workers{{.threads = 2, .running_per_key = 1, .waiting_per_key = 64}};

  Pictures pictures;
  /// For what decodes pictures; by person likewise. The program that does it takes a processor for some seconds.
  jobs::FairWorkers picture_workers{{.threads = 2, .running_per_key = 1, .waiting_per_key = 16}};

  Shows shows;
  Episodes episodes;
  EpisodeMedia media;
  EpisodeTexts texts;
};

}  // namespace carillon::podcast
