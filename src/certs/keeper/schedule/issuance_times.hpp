#pragma once
// How long recent issuances took, from when they were due until the certificate was served.

#include "base/mutex.hpp"
#include "base/time.hpp"

#include <deque>
#include <map>
#include <string>

namespace carillon::certs {

/// By issuer; held in memory. Any thread.
class IssuanceTimes {
 public:
  /// How many are stored per issuer, so that one slow day doesn't count forever.
  static constexpr std::size_t kRemembered = 10;

  void took(const std::string& issuer, Duration time);
  /// The longest recent one; zero: none was measured.
  [[nodiscard]] Duration longest_of(const std::string& issuer) const;

 private:
  mutable Mutex mutex_;
  std::map<std::string, std::deque<Duration>, std::less<>> times_ GUARDED_BY(mutex_);
};

}  // namespace carillon::certs
