#pragma once
// How long issuances have lately taken, from the moment they are due until the certificate is served.

#include "base/mutex.hpp"
#include "base/time.hpp"

#include <deque>
#include <map>
#include <string>

namespace carillon::certs {

/// By issuer; lives as long as the process. Any thread.
class IssuanceTimes {
 public:
  /// So many are remembered of each issuer: one slow day must not count for ever.
  static constexpr std::size_t kRemembered = 10;

  void took(const std::string& issuer, Duration time);
  /// The longest of the last ones; zero: none was measured.
  [[nodiscard]] Duration longest_of(const std::string& issuer) const;

 private:
  mutable Mutex mutex_;
  std::map<std::string, std::deque<Duration>, std::less<>> times_ GUARDED_BY(mutex_);
};

}  // namespace carillon::certs
