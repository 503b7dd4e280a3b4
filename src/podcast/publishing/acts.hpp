#pragma once
// The one way in which an act of a publisher or of a job is committed: find → check the revision → change → stamp → line in the audit trail
// → note for whoever announces the feed → commit → new snapshot → tell.

#include "accounts/caller.hpp"
#include "base/random.hpp"
#include "db/database.hpp"
#include "jobs/jobs.hpp"
#include "podcast/publishing/propagation.hpp"

#include <functional>
#include <string>
#include <vector>

namespace carillon::podcast {

/// Called within the transaction of every change of what a show's feed says, so that what it notes is as durable as the change.
using FeedChanged = std::function<Result<>(db::Session&, const std::string& show_id)>;

/// The kind of the changes (db/change.hpp) of shows and episodes; the subject is the show's id.
inline constexpr std::string_view kPodcastChange = "podcast";

struct Act {
  accounts::Actor by;
  std::string what;                        ///< as the audit trail calls it: "episode.edit"
  std::optional<std::int64_t> revision{};  ///< the one the editor saw: another one now is `conflict`; none: no check
};

/// How far a change reaches.
enum class Reach {
  nowhere,     ///< nothing was changed: nothing is written, and nobody hears of it
  publishers,  ///< only those who work on it see it
  listeners,   ///< what the feed says, if it is in the feed
};

class Acts;

/// The transaction of an act. Whatever is added or put within it is told when it is committed.
class ActTransaction {
 public:
  ActTransaction(Acts& acts, db::Session& session) : acts_{acts}, session_{session} {}
  [[nodiscard]] db::Session& session() const noexcept { return session_; }

  Result<> add(const Act& act, const Show& show);
  Result<> add(const Act& act, const Episode& episode);
  /// Stamps and stores what `was` has become; the revision is not checked here.
  Result<> put(const Act& act, const Show& was, Show& show);
  Result<> put(const Act& act, const Episode& was, Episode& episode, Reach reach);
  /// A job was enqueued.
  void wakes_jobs() noexcept { wakes_jobs_ = true; }

 private:
  friend class Acts;
  struct Done {
    Change change;
    bool in_feed;
  };
  Acts& acts_;
  db::Session& session_;
  std::vector<Done> done_;
  bool wakes_jobs_ = false;
};

/// Any thread. When something is committed, the answer is success: what follows a commit may fail and is tried again, but not by the
/// caller.
class Acts {
 public:
  Acts(db::Database& database, Catalogue& catalogue, jobs::Runner& jobs, const Clock& clock, Random& random);

  void on_change(Changed changed, FeedChanged feed_changed);

  /// Commits what `work(ActTransaction&)` → Result<T> does; readers of the feed see it when this returns, unless making the feed failed and
  /// is tried again.
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

  /// The same within a transaction of somebody else; for what no feed says. Told when that is committed.
  Result<> join(db::Session& session, std::function<Result<>(ActTransaction&)> work);

  /// An act on one episode, or one show, that is not in the trash; answers what it has become.
  asio::awaitable<Result<Episode>> on_episode(Act act, std::string id, std::function<Result<Reach>(ActTransaction&, Episode&)> change);
  asio::awaitable<Result<Show>> on_show(Act act, std::string slug, std::function<Result<>(ActTransaction&, Show&)> change);

  /// Another node has committed a change of kind kPodcastChange: the show's snapshot is made anew, and it is told here, too. Blocks.
  Result<> changed_elsewhere(const db::Change& change);
  /// Changes of other nodes were missed: every snapshot in memory is made anew. Blocks.
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
  /// Hands over what is to be told once this is committed; the shows whose feeds are to be made anew.
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

/// One that is not in the trash; `not_found` otherwise.
asio::awaitable<Result<Episode>> known_episode(db::Database& database, std::string id);

[[nodiscard]] std::unexpected<Error> no_such_show(const std::string& slug);
[[nodiscard]] std::unexpected<Error> no_such_episode(const std::string& id);
[[nodiscard]] std::unexpected<Error> changed_meanwhile(const std::string& what);

}  // namespace carillon::podcast
