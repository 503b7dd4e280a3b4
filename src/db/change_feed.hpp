#pragma once
// Who keeps in memory what the database has hears here of what others changed: another process on the same database. What this one changes
// it knows without; a change of its own is visible before its request is answered.

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

/// Written within the transaction of each change (Database::note_change). `number` rises without gaps; `origin` is whose change it was.
inline constexpr std::string_view kChangesSchema =
    "CREATE TABLE changes (\n"
    "  number BIGINT PRIMARY KEY,\n"
    "  kind TEXT NOT NULL,\n"
    "  subject TEXT NOT NULL,\n"
    "  detail TEXT NOT NULL,\n"
    "  origin TEXT NOT NULL,\n"
    "  noted BIGINT NOT NULL\n"
    ");\n";

/// So long and so many changes are kept: who was away longer reads everything anew.
inline constexpr std::chrono::hours kChangesKept{1};
inline constexpr std::int64_t kMaxChangesKept = 50'000;

/// What one part of the program does about changes of one kind. Both are called on the feed's thread and may block for a moment.
struct Follower {
  /// After each change of the kind that another process made. An error is as if the change had been missed.
  std::function<Result<>(const Change& change)> changed;
  /// After changes were missed: everything may be another. Tried again until it succeeds.
  std::function<Result<>()> reload;
};

/// Owns its thread.
class ChangeFeed {
 public:
  /// Follows from what is committed now: make it before anything is read that is to be followed. `database` must live longer.
  static Result<std::unique_ptr<ChangeFeed>> open(Database& database);
  ~ChangeFeed() { stop(); }
  ChangeFeed(const ChangeFeed&) = delete;
  ChangeFeed& operator=(const ChangeFeed&) = delete;

  /// Before start(). One follower a kind.
  void follow(std::string kind, Follower follower);
  void start();
  /// Joins the thread after the call under way.
  void stop();

  /// Drops what is older than kChangesKept. Blocks; any thread.
  static Result<> prune(Database& database, Time now);

  /// Tells what others have changed by now. For start() and for tests, which have no thread; answers how many changes were read.
  std::size_t catch_up();

 private:
  explicit ChangeFeed(Database& database, std::int64_t seen);
  void run();
  void tell(const Change& change);
  void reload_stale();

  Database& database_;
  ChangeSignal signal_;
  std::map<std::string, Follower, std::less<>> followers_;
  std::int64_t seen_;                         ///< of the feed's thread alone, as the next one
  std::set<std::string, std::less<>> stale_;  ///< kinds of which something was missed
  Mutex mutex_;
  bool stopping_ GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace carillon::db
