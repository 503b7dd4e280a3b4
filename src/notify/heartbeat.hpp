#pragma once
// A dead-man's switch: an outside service that raises the alarm when it is no longer told that we live.

#include "base/mutex.hpp"
#include "http/client/outgoing.hpp"

#include <filesystem>
#include <string>
#include <thread>

namespace carillon::notify {

struct HeartbeatSettings {
  std::string url;  ///< GET; only from the configuration file, so it may lead anywhere
  std::filesystem::path trust;
  std::chrono::milliseconds deadline{10'000};
};

/// `beat` never blocks and never fails: the request is made on a thread of its own, its result goes to the log, the first failure and the
/// recovery as such. Beats that come while one is under way become one. `outgoing` must live longer.
class Heartbeat {
 public:
  Heartbeat(HeartbeatSettings settings, http::Outgoing& outgoing);
  ~Heartbeat();  ///< waits for the request under way, at most its deadline
  Heartbeat(const Heartbeat&) = delete;
  Heartbeat& operator=(const Heartbeat&) = delete;

  void beat();  ///< any thread
  /// Blocks until every beat asked for so far was made or given up. Any thread.
  void settle();
  /// How many requests were answered with 2xx, and how many were not. Any thread.
  struct Counts {
    std::uint64_t answered = 0;
    std::uint64_t failed = 0;
  };
  [[nodiscard]] Counts counts() const;

 private:
  void work();

  HeartbeatSettings settings_;
  http::Outgoing& outgoing_;
  mutable Mutex mutex_;
  Condition changed_;
  bool wanted_ GUARDED_BY(mutex_) = false;
  bool busy_ GUARDED_BY(mutex_) = false;
  bool stopping_ GUARDED_BY(mutex_) = false;
  bool failing_ = false;  ///< of the thread alone
  Counts counts_ GUARDED_BY(mutex_);
  std::thread thread_;
};

}  // namespace carillon::notify
