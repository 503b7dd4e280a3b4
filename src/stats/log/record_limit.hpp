#pragma once
// Limits the recorded requests per listener address, so that strangers can't fill the disk with records.

#include "base/time.hpp"
#include "stats/log/listener.hpp"

#include <cstdint>
#include <functional>
#include <unordered_map>

namespace carillon::stats {

/// A token bucket for each address (IPv6: /64). One thread at a time.
///
/// A bucket has what `per_minute` allows in kBurst. Stores at most kMaxAddresses: if there are more, drops those whose bucket is full
/// again; if there are none, the new address isn't limited, because the load then comes from many addresses.
class RecordLimit {
 public:
  static constexpr std::chrono::minutes kBurst{10};
  static constexpr std::chrono::minutes kSweepInterval{1};
  static constexpr std::size_t kMaxAddresses = 64 * 1024;

  /// 0: no limit.
  explicit RecordLimit(int per_minute) : per_minute_{per_minute} {}

  /// Whether a request of `listener` at `now` may be recorded; uses one from its bucket if so. Doesn't refill if the clock was set back.
  [[nodiscard]] bool allows(const Listener& listener, Time now);
  [[nodiscard]] std::size_t size() const noexcept { return buckets_.size(); }

 private:
  struct Bucket {
    double left;
    Time at;
  };
  /// The listener is already an HMAC, so its first bytes are a good hash.
  struct Hash {
    std::size_t operator()(const Listener& listener) const noexcept;
  };
  [[nodiscard]] double full() const noexcept { return static_cast<double>(per_minute_) * kBurst.count(); }
  [[nodiscard]] double refilled(const Bucket& bucket, Time now) const noexcept;

  int per_minute_;
  Time swept_{};  ///< when full buckets were last dropped; scanning all of them for every new address would enable an attack
  std::unordered_map<Listener, Bucket, Hash> buckets_;
};

}  // namespace carillon::stats
