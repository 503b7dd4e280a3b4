#pragma once
// Recordings and covers of episodes.

#include "accounts/caller.hpp"
#include "blob/store.hpp"
#include "jobs/fair_workers.hpp"
#include "jobs/workers.hpp"
#include "podcast/chapters/chapters.hpp"
#include "podcast/publishing/pictures.hpp"
#include "podcast/publishing/schedule.hpp"

namespace carillon::podcast {

/// Where an episode's audio is silent.
struct Pauses {
  std::chrono::microseconds duration{};  ///< of the audio
  std::vector<Silence> silences;
  std::vector<CuePoint> proposals;  ///< of cue points
  bool can_be_cut = true;           ///< false: its frames may depend on each other, so nothing can be inserted
};

/// Any thread; coroutines resume on the caller's executor. Errors name the failing field; for `by`, see Shows.
class EpisodeMedia {
 public:
  struct Parts {
    db::Database& database;
    blob::Store& media;
    Acts& acts;
    Pictures& pictures;
    const audio::MediaProgram& program;
    jobs::FairWorkers& picture_workers;  ///< for decoding images
    jobs::Workers& disk;
    const Clock& clock;
    Random& random;
  };
  explicit EpisodeMedia(Parts parts) : parts_{parts} {}

  /// The finished upload becomes the episode's original; returns the ingest job.
  asio::awaitable<Result<jobs::Job>> attach_audio(accounts::Actor by, std::string id, std::string upload_id);
  /// Processes the stored original again, as the show's settings are now; returns the job. Until it is done, and if it fails, the episode
  /// keeps its audio. `conflict` if there is no original, or it is being processed.
  asio::awaitable<Result<jobs::Job>> process_again(accounts::Actor by, std::string id);
  /// Deletes the original; the master stays. `conflict` if it is still needed. Does nothing if there is none.
  asio::awaitable<Result<Episode>> drop_original(accounts::Actor by, std::string id);
  /// The master of an episode in any state: for previewing it. `not_found` if there is none.
  asio::awaitable<Result<Body>> master(std::string id);
  /// `not_found` with a message if there is no audio yet, or no waveform was created.
  asio::awaitable<Result<Waveform>> waveform(std::string id);
  /// Where it is silent, with proposals for cue points. `not_found` as above.
  asio::awaitable<Result<Pauses>> pauses(std::string id);
  /// The finished upload becomes the episode's cover, if it is suitable (pictures.hpp; at most kLargestPicture); a rejected one can be used
  /// again.
  asio::awaitable<Result<Episode>> set_cover(accounts::Actor by, std::string id, std::string upload_id, CoverFit fit = CoverFit::as_it_is);
  /// The cover in the metadata of the episode's recording becomes its cover. `conflict` if there is no original or no cover in it.
  asio::awaitable<Result<Episode>> set_cover_from_recording(accounts::Actor by, std::string id, CoverFit fit);
  /// The chapters in the metadata of the episode's recording, whether it has them or others; none if there are none. `conflict` if there is
  /// no original.
  asio::awaitable<Result<Chapters>> chapters_in_recording(accounts::Actor by, std::string id);
  /// The episode's own cover in any state, also in the trash, for previewing it. `not_found` if it has none.
  asio::awaitable<Result<std::pair<Picture, Body>>> cover(std::string id);
  /// Uses the show's cover again. Does nothing if the episode has no own cover.
  asio::awaitable<Result<Episode>> remove_cover(accounts::Actor by, std::string id);

 private:
  Result<jobs::Job> enqueue(ActTransaction& transaction, const std::string& id, const Digest& original, bool again);

  Parts parts_;
};

}  // namespace carillon::podcast
