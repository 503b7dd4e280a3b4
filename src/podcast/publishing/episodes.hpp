#pragma once
// Publishers' actions on episodes: create, edit, publish, unpublish. For audio and covers, see episode_media.hpp; for chapters and
// transcripts, episode_texts.hpp.

#include "accounts/caller.hpp"
#include "jobs/fair_workers.hpp"
#include "jobs/workers.hpp"
#include "podcast/model/episode_list.hpp"
#include "podcast/publishing/edits.hpp"
#include "podcast/publishing/schedule.hpp"
#include "podcast/publishing/tags.hpp"

namespace carillon::podcast {

/// Any thread; coroutines resume on the caller's executor. Errors name the failing field; for `by` and `revision`, see Shows.
class Episodes {
 public:
  struct Parts {
    db::Database& database;
    Acts& acts;
    Tags& tags;
    Schedule& schedule;
    jobs::Workers& disk;
    jobs::FairWorkers& texts;
    const Clock& clock;
    Random& random;
  };
  explicit Episodes(Parts parts) : parts_{parts} {}

  asio::awaitable<Result<Episode>> create(accounts::Actor by, std::string show_slug, EpisodeEdit edit);
  asio::awaitable<Result<Episode>> edit(accounts::Actor by, std::string id, EpisodeEdit edit, std::optional<std::int64_t> revision);
  asio::awaitable<Result<Episode>> find(std::string id);
  asio::awaitable<Result<EpisodeList>> list(std::string show_slug, EpisodeListWish name_options);
  /// Publishes now, at `at`, or as soon as the audio is ready. `conflict` if it has no audio.
  asio::awaitable<Result<Episode>> publish(accounts::Actor by, std::string id, std::optional<Time> at);
  asio::awaitable<Result<Episode>> unpublish(accounts::Actor by, std::string id);
  /// Moves it to the trash, for kTrashKept.
  asio::awaitable<Result<>> remove(accounts::Actor by, std::string id);
  /// See Shows::restore.
  asio::awaitable<Result<Episode>> restore(accounts::Actor by, std::string id);

 private:
  /// Publishes the episode at `at` with the data frozen from the state `seen`. None, without changes, if it was edited since.
  Result<std::optional<Episode>> publish_frozen(ActTransaction& transaction, const Act& act, const EpisodeInItsShow& seen,
                                                const std::optional<Frozen>& frozen, Time at);

  Parts parts_;
};

inline constexpr std::chrono::days kTrashKept{30};

}  // namespace carillon::podcast
