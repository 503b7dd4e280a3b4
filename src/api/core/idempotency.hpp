#pragma once
// Idempotency-Key (draft-ietf-httpapi-idempotency-key-header): a write that is repeated with the same key has one effect, and the same
// answer.

#include "api/core/request.hpp"
#include "base/mutex.hpp"
#include "crypto/sealing.hpp"
#include "db/database.hpp"

#include <set>

namespace carillon::api {

inline constexpr std::size_t kLongestIdempotencyKey = 255;
inline constexpr std::chrono::hours kAnswersKept{24};
/// Answers kept for one person, tokens included, and their bytes: what they bound is the disk that one caller takes. Beyond, the oldest are
/// forgotten.
inline constexpr std::size_t kMaxAnswersKept = 1'000;
inline constexpr ByteCount kMaxAnswerBytesKept{8 << 20};

/// Any event loop.
class Idempotency {
 public:
  /// `master` seals the answers: some tell a secret that is kept nowhere else but as its digest. Everything must live longer.
  Idempotency(db::Database& database, const crypto::MasterKey& master, const Clock& clock, Random& random)
      : database_{database}, master_{master}, clock_{clock}, random_{random} {}

  /// Answers `request` through `handler`, once per key and caller; requests without a key, and those of nobody in particular, go straight
  /// through: an answer may hold a secret, and strangers cannot be told apart.
  using Handler = std::function<asio::awaitable<http::Response>(Asked&)>;
  asio::awaitable<http::Response> once(Asked& request, Handler handler);

  /// Forgets answers older than kAnswersKept. Blocks; worker threads.
  Result<> sweep_now();

 private:
  class UnderWay;

  db::Database& database_;
  const crypto::MasterKey& master_;
  const Clock& clock_;
  Random& random_;
  Mutex mutex_;
  std::set<std::string, std::less<>> under_way_ GUARDED_BY(mutex_);  ///< of this life of the server
};

}  // namespace carillon::api
