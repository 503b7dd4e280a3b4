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
/// Pieces of uploads: a client that sends 64 KiB at a time needs 1,600 requests for 100 MB, and each is checked and stored in a moment.
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
    std::chrono::seconds again_in{};  ///< when not allowed: until one request is
  };
  /// Takes one request from the caller's bucket: a token's, a person's, else that of the `device` somebody signed in with before ("" for
  /// none), else that of the address prefix. What `writes` is counted per person, however many tokens they have: each act leaves its line
  /// in the audit trail.
  [[nodiscard]] Answer take(const accounts::Caller& caller, std::string_view device = {}, bool writes = false);
  /// Takes one piece of an upload, which a known caller has a bucket of their own for; a stranger's is a request like any other.
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
