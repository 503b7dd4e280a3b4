#pragma once
// How long segments of the request log are kept.

#include "base/result.hpp"
#include "base/time.hpp"

#include <chrono>
#include <filesystem>
#include <map>

namespace carillon::stats {

/// A segment is only deleted after it has been due for this long by the steady clock, so that a system clock that is wrong for an hour
/// after a restart doesn't delete a year of requests.
inline constexpr std::chrono::hours kDueBeforeRemoval{12};

/// Deletes segments whose records are all older than `keep`. One thread at a time; blocks.
class Retention {
 public:
  /// `keep` counts from the end of the day (UTC) in a segment's name; 0 keeps everything.
  Retention(std::filesystem::path folder, std::chrono::days keep) : folder_{std::move(folder)}, keep_{keep} {}

  /// Checks all segments except the one with the highest number, which may still grow, and deletes those that have been due long enough.
  /// Returns how many.
  Result<std::size_t> remove_old(Time now, std::chrono::steady_clock::time_point steady_now);

 private:
  std::filesystem::path folder_;
  std::chrono::days keep_;
  std::map<std::filesystem::path, std::chrono::steady_clock::time_point> due_since_;
};

}  // namespace carillon::stats
