#pragma once
// A line of the log that strangers can cause: at most one a minute, with how often it happened.

#include "base/log.hpp"
#include "base/mutex.hpp"

#include <chrono>

namespace carillon::log {

/// The first occurrence is logged at once, those of the following minute together when it is over. Any thread.
class RareLine {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr std::chrono::minutes kEvery{1};

  RareLine(Level level, std::string event) : level_{level}, event_{std::move(event)} {}

  /// It happened; `detail` of the last occurrence is shown.
  void note(std::string_view detail, Clock::time_point now = Clock::now());
  /// To be called now and then: logs what was counted once its minute is over.
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
