#pragma once
// The recordings and covers that publishers give to episodes.

#include "accounts/caller.hpp"
#include "blob/store.hpp"
#include "jobs/fair_workers.hpp"
#include "jobs/workers.hpp"
#include "podcast/publishing/pictures.hpp"
#include "podcast/publishing/schedule.hpp"

namespace carillon::podcast {

/// Any thread; coroutines resume on the caller's executor. Errors name the failing field; `by` as Shows has it.
class EpisodeMedia {
 public:
  struct Parts {
    db::Database& database;
    blob::Store& media;
    Acts& acts;
    Pictures& pictures;
    jobs::FairWorkers& picture_workers;  ///< for what decodes pictures
    jobs::Workers& disk;
    const Clock& clock;
    Random& random;
  };
  explicit EpisodeMedia(Parts parts) : parts_{parts} {}

  /// The finished upload becomes the episode's original; answers the ingest job.
  asio::awaitable<Result<jobs::Job>> attach_audio(accounts::Actor by, std::string id, std::string upload_id);
  /// The master of an episode in any state: what its people listen to before anybody else does. `not_found` while there is none.
  asio::awaitable<Result<Body>> master(std::string id);
  /// `not_found` with a sentence when there is no audio yet, or its waveform was never made.
  asio::awaitable<Result<Waveform>> waveform(std::string id);
  /// The finished upload becomes the episode's own cover, if it is fit for one (pictures.hpp; at most kLargestPicture); a refused one may
  /// be looked at, and tried, again.
  asio::awaitable<Result<Episode>> set_cover(accounts::Actor by, std::string id, std::string upload_id);
  /// The own cover of an episode in any state, also in the trash: what its people see before anybody else does. `not_found` when it has
  /// none.
  asio::awaitable<Result<std::pair<Picture, Body>>> cover(std::string id);
  /// The show's cover is shown again. One that has none of its own stays as it is.
  asio::awaitable<Result<Episode>> remove_cover(accounts::Actor by, std::string id);

 private:
  Parts parts_;
};

}  // namespace carillon::podcast
