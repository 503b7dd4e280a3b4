#pragma once
// A log line that strangers can trigger: at most one a minute, with a count.

#include "base/log.hpp"
#include "base/mutex.hpp"

#include <chrono>

namespace carillon::log {

/// The first occurrence is logged immediately, those of the following minute together at its end. Any thread.
class RareLine {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr std::chrono::minutes kEvery{1};

  RareLine(Level level, std::string event) : level_{level}, event_{std::move(event)} {}

  /// Counts an occurrence; the log line shows the `detail` of the last one.
  void note(std::string_view detail, Clock::time_point now = Clock::now());
  /// Call it regularly: logs the counted occurrences once their minute is over.
  void flush(Clock::time_point now = Clock::now());

 private:
  void say(Clock::time_point now) REQUIRES(mutex_);

  const Level level_;
  const std::string event_;
  Mutex mutex_;
  std::size_t times_ GUARDED_BY(mutex_) = 0;
  std::string detail_ GUARDED_BY(mutex_);
  Clock::time_point said_ GUARDED_BY(mutex_){};
  bool said_before_ GUARDED_BY(mutex_) = false;
};

}  // namespace carillon::log
