#pragma once
// Rate limits per caller: a token bucket that refills over time.

#include "accounts/caller.hpp"
#include "base/mutex.hpp"
#include "http/message.hpp"

#include <unordered_map>

namespace carillon::api {

/// The size of a bucket, and the time until it is full again.
struct Allowance {
  int requests = 0;
  std::chrono::seconds window{};
};
inline constexpr Allowance kKnownCallers{1200, std::chrono::seconds{60}};
inline constexpr Allowance kStrangers{60, std::chrono::seconds{60}};  ///< per address prefix
/// Upload chunks: a client that sends 64 KiB at a time needs 1,600 requests for 100 MB, and each is cheap to check and store.
inline constexpr Allowance kPieces{12'000, std::chrono::seconds{60}};
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
    std::chrono::seconds again_in{};  ///< if not allowed: until the next request is
  };
  /// Takes one request from the caller's bucket: the token's or the person's, else that of a `device` that has signed in before ("" for
  /// none), else that of the address prefix. Requests that `writes` are counted per person, regardless of tokens, because each one adds a
  /// line to the audit trail.
  [[nodiscard]] Answer take(const accounts::Caller& caller, std::string_view device = {}, bool writes = false);
  /// Takes one upload chunk: known callers have a separate bucket for these; for strangers, a chunk counts as any other request.
  [[nodiscard]] Answer take_piece(const accounts::Caller& caller, std::string_view device = {});

 private:
  struct Bucket {
    double used = 0;
    Time at;
  };
  Answer take_from(const std::string& key, const Allowance& allowance);

  const Clock& clock_;
  Mutex mutex_;
  std::unordered_map<std::string, Bucket> buckets_ GUARDED_BY(mutex_);
};

/// RateLimit-Policy and RateLimit (draft-ietf-httpapi-ratelimit-headers-10).
void say(const RateLimit::Answer& answer, http::Response& response);

}  // namespace carillon::api
