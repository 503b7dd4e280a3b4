#pragma once
// How often one caller may ask: a bucket of requests that fills again with time.

#include "accounts/caller.hpp"
#include "base/mutex.hpp"
#include "http/message.hpp"

#include <unordered_map>

namespace carillon::api {

/// A full bucket, and how long it takes to fill again.
struct Allowance {
  int requests = 0;
  std::chrono::seconds window{};
};
inline constexpr Allowance kKnownCallers{1200, std::chrono::seconds{60}};
inline constexpr Allowance kStrangers{60, std::chrono::seconds{60}};  ///< per address prefix
inline constexpr std::size_t kMaxBuckets = 50'000;

/// Any thread.
class RateLimit {
 public:
  explicit RateLimit(const Clock& clock) : clock_{clock} {}

  struct Answer {
    bool allowed = true;
    Allowance allowance;
    int left = 0;
    std::chrono::seconds full_in{};   ///< until the bucket is full again
    std::chrono::seconds again_in{};  ///< when not allowed: until one request is
  };
  /// Takes one request from the caller's bucket: a token's, a person's, else that of the `device` somebody signed in with before ("" for
  /// none), else that of the address prefix. What `writes` is counted per person, however many tokens they have: each act leaves its line
  /// in the audit trail.
  [[nodiscard]] Answer take(const accounts::Caller& caller, std::string_view device = {}, bool writes = false);

 private:
  struct Bucket {
    double used = 0;
    Time at;
  };
  const Clock& clock_;
  Mutex mutex_;
  std::unordered_map<std::string, Bucket> buckets_ GUARDED_BY(mutex_);
};

/// RateLimit-Policy and RateLimit (draft-ietf-httpapi-ratelimit-headers-10).
void say(const RateLimit::Answer& answer, http::Response& response);

}  // namespace carillon::api
