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
  Changed changed = [](const Change&) {};
  FeedChanged feed_changed = [](db::Session&, const std::string&) { return Result<>{}; };
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
  /// Until it is out for the first time an episode's tag follows its edits: makes what is frozen of a scheduled one anew. Blocks.
  Result<> freeze_again(const std::string& id);
  /// Brings what waits for its second back to its job, or makes it a draft when that has passed. Within the caller's transaction.
  Result<> schedule_again(db::Session& session, Episode& episode);

  /// Publishes the episode at `at` with what was frozen of it as it was `seen`, within the caller's transaction. None, and nothing done,
  /// when it was edited since.
  Result<std::optional<Episode>> publish_frozen(db::Session& session, const accounts::Actor& by, const EpisodeInItsShow& seen,
                                                const std::optional<Frozen>& frozen, Time at);
  /// Marks `episode` as published now, within the caller's transaction; it must have master and frozen.
  void mark_published(Episode& episode) const;
  /// Moves an episode with a master on as its wish says: published, scheduled, or back to draft. Within the caller's transaction.
  Result<> settle(db::Session& session, Episode& episode);

  /// Commits what `change` does to the episode, if it says that it did something, with a line in the audit trail; readers of the feed see
  /// it when it returns.
  asio::awaitable<Result<Episode>> change_cover(accounts::Actor by, std::string id,
                                                std::function<Result<bool>(db::Session&, Episode&)> change);

  /// Lines in the audit trail, within the caller's transaction. `was` is null for what was not there before.
  void record(db::Session& session, const accounts::Actor& by, std::string what, const Show* was, const Show& became) const;
  void record(db::Session& session, const accounts::Actor& by, std::string what, const Episode* was, const Episode& became) const;

  Result<> ingest(const jobs::Job& job, jobs::Progress& progress);
  Result<> publish_due(const jobs::Job& job);
  Result<> sweep();
  Result<> schedule_sweep(Duration from_now);
};

[[nodiscard]] std::unexpected<Error> no_such_show(const std::string& slug);
[[nodiscard]] std::unexpected<Error> no_such_episode(const std::string& id);
[[nodiscard]] std::unexpected<Error> changed_meanwhile(const std::string& what);

}  // namespace carillon::podcast
