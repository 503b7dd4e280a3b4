#pragma once
// A thread that repeatedly runs due work until it is stopped.

#include "base/mutex.hpp"
#include "base/time.hpp"
#include "jobs/turn.hpp"

#include <functional>
#include <optional>
#include <thread>

namespace carillon::jobs {

/// Owns its thread; stop() or destruction joins it after the current round.
class Repeater {
 public:
  /// `round` does what is due and returns when something is due next (none: nothing is waiting). It is called again then, or after
  /// `longest`, whichever is earlier; only while this node has `turn`.
  Repeater(const Clock& clock, std::chrono::milliseconds longest, Turn turn, std::function<std::optional<Time>()> round)
      : clock_{clock}, longest_{longest}, turn_{std::move(turn)}, round_{std::move(round)} {}
  ~Repeater() { stop(); }
  Repeater(const Repeater&) = delete;
  Repeater& operator=(const Repeater&) = delete;

  void start();
  void stop();

 private:
  void run();

  const Clock& clock_;
  const std::chrono::milliseconds longest_;
  const Turn turn_;
  std::function<std::optional<Time>()> round_;
  Mutex mutex_;
  Condition changed_;
  bool stopping_ GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace carillon::jobs
