#pragma once
// From a commit to its readers: the show's snapshot is made anew until that works, then whoever listens hears of the changes, in the order
// in which they were committed.

#include "base/mutex.hpp"
#include "podcast/catalogue/catalogue.hpp"

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <thread>

namespace carillon::podcast {

/// What was changed: a show, or one episode of it.
struct Change {
  std::string show_id;
  std::string episode_id{};    ///< "" when it is the show itself
  std::optional<Show> gone{};  ///< the show as it was, when it was deleted
};
/// Hears of every change once it is committed and readers of the feed see it. Any thread; must not block.
using Changed = std::function<void(const Change&)>;

/// Pauses between the attempts to make a snapshot that failed; each is twice as long as the one before.
struct RetryPauses {
  std::chrono::milliseconds first{250};
  std::chrono::milliseconds longest{30'000};
};

/// Any thread. What still waits when this ends is dropped: the next life of the server reads every feed from the database.
class Propagation {
 public:
  explicit Propagation(Catalogue& catalogue, RetryPauses pauses = {});
  ~Propagation();
  Propagation(const Propagation&) = delete;
  Propagation& operator=(const Propagation&) = delete;

  /// Before anything is committed.
  void on_change(Changed changed);
  /// Notes a change, on the writer's thread right after its commit, so that the order of these calls is that of the commits. One that is
  /// not `in_feed` waits only for those before it.
  void committed(Change change, bool in_feed);
  /// Makes the show's snapshot anew and tells what was committed before that. When it fails, attempts go on in the background: that is no
  /// failure of the act whose change it is.
  asio::awaitable<void> bring(std::string show_id);
  void bring_now(const std::string& show_id);  ///< the same; blocks
  /// Whether readers still see the show's feed as it was before a change that is committed.
  [[nodiscard]] bool is_behind(const std::string& show_id) const;

 private:
  struct Waiting {
    std::uint64_t number;
    Change change;
    bool in_feed;
  };
  /// Of one show.
  struct Line {
    std::deque<Waiting> waiting;     ///< in the order of their commits
    std::uint64_t failed_up_to = 0;  ///< the last number that an attempt failed to bring; 0 when none did
  };

  [[nodiscard]] std::uint64_t last_number();
  /// After an attempt that began when `up_to` was the last number.
  void conclude(const std::string& show_id, std::uint64_t up_to, const Result<>& outcome);
  /// What is told is told under the mutex: so the order holds, whoever brings it.
  void tell(Line& line, std::uint64_t up_to) REQUIRES(mutex_);
  void retry(const std::stop_token& stop);
  [[nodiscard]] std::vector<std::string> failed() const REQUIRES(mutex_);

  Catalogue& catalogue_;
  const RetryPauses pauses_;
  Changed changed_ = [](const Change&) {};
  mutable Mutex mutex_;
  std::condition_variable_any failure_;
  std::uint64_t last_ GUARDED_BY(mutex_) = 0;
  std::map<std::string, Line> lines_ GUARDED_BY(mutex_);  ///< of shows that have changes waiting
  std::jthread retrying_ GUARDED_BY(mutex_);              ///< begun with the first failure
};

}  // namespace carillon::podcast
