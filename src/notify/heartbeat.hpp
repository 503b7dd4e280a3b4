#pragma once
// Pings an external service that sends an alert if the pings stop (a dead man's switch).

#include "base/mutex.hpp"
#include "http/client/outgoing.hpp"

#include <filesystem>
#include <string>
#include <thread>

namespace carillon::notify {

struct HeartbeatSettings {
  std::string url;  ///< GET; only from the configuration file, so any address is allowed
  std::filesystem::path trust;
  std::chrono::milliseconds deadline{10'000};
};

/// `beat` never blocks or fails: the request is sent on a separate thread; the first failure and the recovery are logged. Beats during a
/// running request are combined into one. `outgoing` must outlive it.
class Heartbeat {
 public:
  Heartbeat(HeartbeatSettings settings, http::Outgoing& outgoing);
  ~Heartbeat();  ///< waits for the running request, at most until its deadline
  Heartbeat(const Heartbeat&) = delete;
  Heartbeat& operator=(const Heartbeat&) = delete;

  void beat();  ///< any thread
  /// Blocks until all requested beats were sent or abandoned. Any thread.
  void settle();
  /// How many requests got a 2xx response, and how many didn't. Any thread.
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
  bool failing_ = false;  ///< only used by the thread
  Counts counts_ GUARDED_BY(mutex_);
  std::thread thread_;
};

}  // namespace carillon::notify
