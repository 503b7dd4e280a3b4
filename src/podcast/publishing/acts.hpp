#pragma once
// How every action of a publisher or a job is committed: find → check the revision → change → stamp → audit line → note for feed
// announcements → commit → new snapshot → notify.

#include "accounts/caller.hpp"
#include "base/random.hpp"
#include "db/database.hpp"
#include "jobs/jobs.hpp"
#include "podcast/publishing/propagation.hpp"

#include <functional>
#include <string>
#include <vector>

namespace carillon::podcast {

/// Called in the transaction of every feed change, so that its notes are as durable as the change.
using FeedChanged = std::function<Result<>(db::Session&, const std::string& show_id)>;

/// The kind of the changes (db/change.hpp) of shows and episodes; the subject is the show's id.
inline constexpr std::string_view kPodcastChange = "podcast";

/// How long listeners who have downloaded a part of an episode's audio can get the rest of it after it was replaced. Its files are kept for
/// as long. Apps that are paused resume within a day or two.
inline constexpr std::chrono::hours kFormerAudioServed{72};

struct Act {
  accounts::Actor by;
  std::string what;                        ///< the name in the audit trail: "episode.edit"
  std::optional<std::int64_t> revision{};  ///< the revision that the editor saw: `conflict` if it differs now; none: no check
};

/// How far a change reaches.
enum class Reach {
  nowhere,     ///< nothing was changed: nothing is written or reported
  publishers,  ///< only visible to people who work on it
  downloads,   ///< affects what listeners download, but not the feed
  listeners,   ///< affects the feed, if it is in the feed
};

class Acts;

/// The transaction of an action. Everything added or put in it is reported when it is committed.
class ActTransaction {
 public:
  ActTransaction(Acts& acts, db::Session& session) : acts_{acts}, session_{session} {}
  [[nodiscard]] db::Session& session() const noexcept { return session_; }

  Result<> add(const Act& act, const Show& show);
  Result<> add(const Act& act, const Episode& episode);
  /// Stamps and stores the new state of `was`; doesn't check the revision.
  Result<> put(const Act& act, const Show& was, Show& show);
  Result<> put(const Act& act, const Episode& was, Episode& episode, Reach reach);
  /// A job was enqueued.
  void wakes_jobs() noexcept { wakes_jobs_ = true; }

 private:
  friend class Acts;
  struct Done {
    Change change;
    bool in_feed;
    bool in_snapshot;  ///< the feed, or something else that is served from it
  };
  Acts& acts_;
  db::Session& session_;
  std::vector<Done> done_;
  bool wakes_jobs_ = false;
};

/// Any thread. Once something is committed, the result is success: later steps may fail and are retried, but not by the caller.
class Acts {
 public:
  Acts(db::Database& database, Catalogue& catalogue, jobs::Runner& jobs, const Clock& clock, Random& random);

  void on_change(Changed changed, FeedChanged feed_changed);

  /// Commits the changes of `work(ActTransaction&)` → Result<T>; feed readers see them when this returns, unless rendering the feed failed
  /// and is being retried.
  template <class Work>
  auto commit(Work work) -> asio::awaitable<std::invoke_result_t<Work, ActTransaction&>> {
    std::vector<std::string> shows;
    auto done = co_await database_.write([&](db::Session& session) { return within(session, work, shows); });
    if (!done) co_return done;
    for (auto& show : shows) co_await propagation_.bring(std::move(show));
    co_return done;
  }
  /// The same; blocks. For jobs.
  template <class Work>
  auto commit_now(Work work) -> std::invoke_result_t<Work, ActTransaction&> {
    std::vector<std::string> shows;
    auto done = database_.write_now([&](db::Session& session) { return within(session, work, shows); });
    if (!done) return done;
    for (const auto& show : shows) propagation_.bring_now(show);
    return done;
  }

  /// The same in an existing transaction; for changes that don't affect feeds. Reported when that is committed.
  Result<> join(db::Session& session, std::function<Result<>(ActTransaction&)> work);

  /// An action on one episode or show that isn't in the trash; returns its new state.
  asio::awaitable<Result<Episode>> on_episode(Act act, std::string id, std::function<Result<Reach>(ActTransaction&, Episode&)> change);
  asio::awaitable<Result<Show>> on_show(Act act, std::string slug, std::function<Result<>(ActTransaction&, Show&)> change);

  /// Another node has committed a change of kind kPodcastChange: rebuilds the show's snapshot and reports it here, too. Blocks.
  Result<> changed_elsewhere(const db::Change& change);
  /// Call it if changes by other nodes were missed: rebuilds every snapshot in memory. Blocks.
  Result<> reload();

  [[nodiscard]] bool is_behind(const std::string& show_id) const { return propagation_.is_behind(show_id); }

 private:
  friend class ActTransaction;

  template <class Work>
  auto within(db::Session& session, Work& work, std::vector<std::string>& shows) -> std::invoke_result_t<Work&, ActTransaction&> {
    ActTransaction transaction{*this, session};
    auto result = work(transaction);
    if (result) shows = close(transaction);
    return result;
  }
  /// Submits the changes to report after the commit; returns the shows whose feeds must be rebuilt.
  std::vector<std::string> close(ActTransaction& transaction);

  // Lines in the audit trail, within the transaction. `was` is null for what was not there before.
  void record(db::Session& session, const Act& act, const Show* was, const Show& became) const;
  void record(db::Session& session, const Act& act, const Episode* was, const Episode& became) const;

  db::Database& database_;
  Catalogue& catalogue_;
  jobs::Runner& jobs_;
  const Clock& clock_;
  Random& random_;
  FeedChanged feed_changed_ = [](db::Session&, const std::string&) { return Result<>{}; };
  Propagation propagation_;
};

/// An episode that isn't in the trash; `not_found` otherwise.
asio::awaitable<Result<Episode>> known_episode(db::Database& database, std::string id);

[[nodiscard]] std::unexpected<Error> no_such_show(const std::string& slug);
[[nodiscard]] std::unexpected<Error> no_such_episode(const std::string& id);
[[nodiscard]] std::unexpected<Error> changed_meanwhile(const std::string& what);

}  // namespace carillon::podcast
