#pragma once
// Idempotency-Key (draft-ietf-httpapi-idempotency-key-header): a write that is repeated with the same key takes effect once and returns the
// same response.

#include "api/core/request.hpp"
#include "base/mutex.hpp"
#include "crypto/sealing.hpp"
#include "db/database.hpp"

#include <set>

namespace carillon::api {

inline constexpr std::size_t kLongestIdempotencyKey = 255;
inline constexpr std::chrono::hours kAnswersKept{24};
/// Stored responses per person, including their tokens, and their bytes; limits how much disk one caller can use. Beyond that, the oldest
/// are deleted.
inline constexpr std::size_t kMaxAnswersKept = 1'000;
inline constexpr ByteCount kMaxAnswerBytesKept{8 << 20};

/// Any event loop.
class Idempotency {
 public:
  /// `master` seals the responses, because some contain a secret that is otherwise only stored as its digest. The arguments must outlive
  /// it.
  Idempotency(db::Database& database, const crypto::MasterKey& master, const Clock& clock, Random& random)
      : database_{database}, master_{master}, clock_{clock}, random_{random} {}

  /// Handles `request` with `handler`, once per key and caller. Requests without a key or without a known caller are passed through,
  /// because responses may contain secrets and strangers can't be distinguished.
  using Handler = std::function<asio::awaitable<http::Response>(Asked&)>;
  asio::awaitable<http::Response> once(Asked& request, Handler handler);

  /// Deletes responses older than kAnswersKept. Blocks; worker threads.
  Result<> sweep_now();

 private:
  class UnderWay;

  db::Database& database_;
  const crypto::MasterKey& master_;
  const Clock& clock_;
  Random& random_;
  Mutex mutex_;
  std::set<std::string, std::less<>> under_way_ GUARDED_BY(mutex_);  ///< since the server started
};

}  // namespace carillon::api
