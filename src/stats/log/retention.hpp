#pragma once
// How long segments of the request log are kept.

#include "base/result.hpp"
#include "base/time.hpp"

#include <chrono>
#include <filesystem>
#include <map>

namespace carillon::stats {

/// A segment is removed only after it has been due for this long, as the steady clock measures it: a system clock that is wrong for an hour
/// after a restart must not delete a year of requests.
inline constexpr std::chrono::hours kDueBeforeRemoval{12};

/// Removes segments whose records are all older than `keep`. One thread at a time; blocks.
class Retention {
 public:
  /// `keep` counts from the end of the day (UTC) that a segment is named by; 0 keeps everything.
  Retention(std::filesystem::path folder, std::chrono::days keep) : folder_{std::move(folder)}, keep_{keep} {}

  /// Looks at every segment but the one with the highest number, which may still grow, and removes what has been due long enough. Answers
  /// how many were removed.
  Result<std::size_t> remove_old(Time now, std::chrono::steady_clock::time_point steady_now);

 private:
  std::filesystem::path folder_;
  std::chrono::days keep_;
  std::map<std::filesystem::path, std::chrono::steady_clock::time_point> due_since_;
};

}  // namespace carillon::stats
