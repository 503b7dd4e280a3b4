#pragma once
// What the parts of Publishing share. For podcast/publishing*.cpp, ingest.cpp and sweep.cpp alone.

#include "jobs/fair_workers.hpp"
#include "podcast/publishing/publishing.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace carillon::podcast {

inline constexpr std::string_view kIngest = "ingest";
inline constexpr std::string_view kPublish = kPublishJob;
inline constexpr std::string_view kSweep = "sweep";

/// So often a tag is made again because the episode was edited while it was made. Only a program edits that fast, and it must not hold a
/// thread for as long as it likes.
inline constexpr int kMaxFreezeAttempts = 5;

struct EpisodeInItsShow {
  Show show;
  Episode episode;
  /// Whether a tag made of `other` says what one made of this would.
  [[nodiscard]] bool unchanged_since(const EpisodeInItsShow& other) const noexcept {
    return episode.revision == other.episode.revision && show.revision == other.show.revision;
  }
};

/// Whether the tag of an episode is still made anew after its edits: it waits for its date and was never out.
[[nodiscard]] inline bool follows_edits(const Episode& episode) noexcept {
  return episode.state == EpisodeState::scheduled && !episode.published && episode.master.has_value();
}

/// The recording is the episode's, and is made into its master. A public episode stays as it is until its new audio is ready.
inline void begin_processing(Episode& episode, const Digest& original) {
  episode.original = original;
  if (episode.state != EpisodeState::published) episode.state = EpisodeState::processing;
}

struct Publishing::Impl {
  db::Database& database;
  blob::Store& media;
  Catalogue& catalogue;
  jobs::Runner& jobs;
  const audio::MediaProgram& program;
  const Clock& clock;
  Random& random;
  Addresses addresses;
  std::vector<blob::References> references{};
  Acts acts{database, catalogue, jobs, clock, random};
  asio::thread_pool disk{2};  ///< for what blocks: hashing, storing
  /// For what formats and checks texts; by person, so that nobody's texts keep all others waiting.
  jobs::FairWorkers texts{{.threads = 2, .running_per_key = 1, .waiting_per_key = 64}};

  /// The HTML of `markdown`, made away from the event loop; refused as safe_html() refuses, and as `unavailable` when it takes too long.
  asio::awaitable<Result<std::string>> formatted(std::string person, std::string field, std::string markdown);

  /// Runs blocking `work` away from the event loop.
  template <class Work>
  auto away(Work work) -> asio::awaitable<std::invoke_result_t<Work>> {
    co_return co_await asio::co_spawn(disk, done(work), asio::use_awaitable);
  }
  template <class Work>
  static auto done(Work& work) -> asio::awaitable<std::invoke_result_t<Work&>> {
    co_return work();
  }

  /// Within the caller's transaction.
  Result<EpisodeInItsShow> with_show(db::Session& session, const std::string& id) const;
  /// The prefix and digest that `episode` will have for ever with its present master. Blocks.
  Result<Frozen> freeze(const Show& show, const Episode& episode, Time published);
  /// Durable in the store when it returns. Blocks.
  Result<StoredText> keep_text(std::string_view text);
  /// The whole text. Blocks.
  Result<std::string> read_text(const StoredText& text);
  /// The chapters that are stored for `episode`; none when it has none. Blocks.
  Result<std::vector<Chapter>> chapters_of(const Episode& episode);
  /// Until it is out for the first time an episode's tag follows its edits. An edit of a scheduled one drops its tag within its
  /// transaction; this makes it anew, and the job that publishes it does so, too, should it still be missing then. None when there is
  /// nothing to do. Blocks.
  Result<std::optional<Frozen>> freeze_again(const std::string& id);
  /// freeze_again() after the edit is committed: a failure is logged, and left to that job.
  asio::awaitable<void> freeze_edited(Episode& episode);
  /// Brings what waits for its second back to its job, or makes it a draft when that has passed. Changes the episode; the caller stores it.
  Result<> schedule_again(ActTransaction& transaction, Episode& episode);

  /// Publishes the episode at `at` with what was frozen of it as it was `seen`. None, and nothing done, when it was edited since.
  Result<std::optional<Episode>> publish_frozen(ActTransaction& transaction, const Act& act, const EpisodeInItsShow& seen,
                                                const std::optional<Frozen>& frozen, Time at);
  /// Moves an episode with a master on as its wish says: published, scheduled, or back to draft. Changes the episode; the caller stores it.
  Result<> settle(ActTransaction& transaction, Episode& episode);

  /// Before a failed ingest waits again: its recording becomes the episode's again, if that is kept and nothing newer was attached.
  Result<> take_up_again(db::Session& session, const jobs::Job& job);
  Result<> ingest(const jobs::Job& job, jobs::Progress& progress);
  Result<> publish_ready();
  Result<> publish_due();
  Result<> sweep();
  Result<> schedule_sweep(Duration from_now);
};

}  // namespace carillon::podcast
