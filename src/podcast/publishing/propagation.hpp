#pragma once
// Propagates commits to readers: rebuilds the show's snapshot until that succeeds, then reports the changes to listeners in the order of
// their commits.

#include "base/mutex.hpp"
#include "podcast/catalogue/catalogue.hpp"

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <thread>

namespace carillon::podcast {

/// A change of a show, or of one of its episodes.
struct Change {
  std::string show_id;
  std::string episode_id{};    ///< "" for the show itself
  std::optional<Show> gone{};  ///< the show before its deletion
};
/// Called for every change once it is committed and visible in the feed. Any thread; must not block.
using Changed = std::function<void(const Change&)>;

/// Pauses between failed attempts to build a snapshot; each is twice as long as the previous one.
struct RetryPauses {
  std::chrono::milliseconds first{250};
  std::chrono::milliseconds longest{30'000};
};

/// Any thread. Waiting changes are dropped on destruction, because the next run of the server reads every feed from the database.
class Propagation {
 public:
  explicit Propagation(Catalogue& catalogue, RetryPauses pauses = {});
  ~Propagation();
  Propagation(const Propagation&) = delete;
  Propagation& operator=(const Propagation&) = delete;

  /// Before anything is committed.
  void on_change(Changed changed);
  /// Records a change, on the writer's thread right after its commit, so that the calls are in commit order. A change that isn't in the
  /// snapshot only waits for earlier ones.
  void committed(Change change, bool in_snapshot);
  /// Rebuilds the show's snapshot and reports the earlier commits. If it fails, it is retried in the background; the action itself still
  /// succeeds.
  asio::awaitable<void> bring(std::string show_id);
  void bring_now(const std::string& show_id);  ///< the same; blocks
  /// Whether readers still see the show's feed from before a committed change.
  [[nodiscard]] bool is_behind(const std::string& show_id) const;

 private:
  struct Waiting {
    std::uint64_t number;
    Change change;
    bool in_snapshot;
  };
  /// Of one show.
  struct Line {
    std::deque<Waiting> waiting;     ///< in the order of their commits
    std::uint64_t failed_up_to = 0;  ///< the last number of a failed attempt; 0 if none failed
  };

  [[nodiscard]] std::uint64_t last_number();
  /// Call it after an attempt that started when `up_to` was the last number.
  void conclude(const std::string& show_id, std::uint64_t up_to, const Result<>& outcome);
  /// Reports under the mutex, so that the order is kept across threads.
  void tell(Line& line, std::uint64_t up_to) REQUIRES(mutex_);
  void retry(const std::stop_token& stop);
  [[nodiscard]] std::vector<std::string> failed() const REQUIRES(mutex_);

  Catalogue& catalogue_;
  const RetryPauses pauses_;
  Changed changed_ = [](const Change&) {};
  mutable Mutex mutex_;
  std::condition_variable_any failure_;
  std::uint64_t last_ GUARDED_BY(mutex_) = 0;
  std::map<std::string, Line> lines_ GUARDED_BY(mutex_);  ///< of shows with waiting changes
  std::jthread retrying_ GUARDED_BY(mutex_);              ///< started at the first failure
};

}  // namespace carillon::podcast
