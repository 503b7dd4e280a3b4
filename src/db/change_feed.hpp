#pragma once
// Notifies parts that cache database content of changes by other processes on the same database. It isn't used for changes by this process,
// which are visible before their request is answered.

#include "base/mutex.hpp"
#include "db/change_signal.hpp"
#include "db/database.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <thread>

namespace carillon::db {

/// Written within the transaction of each change (Database::note_change). `number` increases without gaps; `origin` is the process that
/// made the change.
inline constexpr std::string_view kChangesSchema =
    "CREATE TABLE changes (\n"
    "  number BIGINT PRIMARY KEY,\n"
    "  kind TEXT NOT NULL,\n"
    "  subject TEXT NOT NULL,\n"
    "  detail TEXT NOT NULL,\n"
    "  origin TEXT NOT NULL,\n"
    "  noted BIGINT NOT NULL\n"
    ");\n";

/// How long and how many changes are kept; a process that was away longer reloads everything.
inline constexpr std::chrono::hours kChangesKept{1};
inline constexpr std::int64_t kMaxChangesKept = 50'000;

/// How one part of the program handles changes of one kind. Both functions are called on the feed's thread and may block briefly.
struct Follower {
  /// Called after each change of the kind by another process. If it fails, the change counts as missed.
  std::function<Result<>(const Change& change)> changed;
  /// Called after changes were missed, so anything may have changed. Retried until it succeeds.
  std::function<Result<>()> reload;
};

/// Owns its thread.
class ChangeFeed {
 public:
  /// Follows changes from now on: create it before reading the data to follow. `database` must outlive it.
  static Result<std::unique_ptr<ChangeFeed>> open(Database& database);
  ~ChangeFeed() { stop(); }
  ChangeFeed(const ChangeFeed&) = delete;
  ChangeFeed& operator=(const ChangeFeed&) = delete;

  /// Before start(). One follower per kind.
  void follow(std::string kind, Follower follower);
  void start();
  /// Joins the thread after the current call.
  void stop();

  /// Deletes changes older than kChangesKept. Blocks; any thread.
  static Result<> prune(Database& database, Time now);

  /// Processes the changes by others so far. For start() and for tests, which have no thread; returns how many changes were read.
  std::size_t catch_up();

 private:
  explicit ChangeFeed(Database& database, std::int64_t seen);
  void run();
  void tell(const Change& change);
  void reload_stale();

  Database& database_;
  ChangeSignal signal_;
  std::map<std::string, Follower, std::less<>> followers_;
  std::int64_t seen_;                         ///< only used by the feed's thread, like the next one
  std::set<std::string, std::less<>> stale_;  ///< kinds with missed changes
  Mutex mutex_;
  bool stopping_ GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace carillon::db
