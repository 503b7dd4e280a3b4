#pragma once
// How many requests of one listener address are written down, so that a stranger cannot fill the disk with records.

#include "base/time.hpp"
#include "stats/log/listener.hpp"

#include <cstdint>
#include <functional>
#include <unordered_map>

namespace carillon::stats {

/// A token bucket for each address (IPv6: /64). One thread at a time.
///
/// A bucket holds what `per_minute` allows in kBurst. At most kMaxAddresses are remembered: when more come, those whose bucket is full
/// again are forgotten; if none is, the newcomer is not limited, since then many addresses share the load and no single one stands out.
class RecordLimit {
 public:
  static constexpr std::chrono::minutes kBurst{10};
  static constexpr std::chrono::minutes kSweepInterval{1};
  static constexpr std::size_t kMaxAddresses = 64 * 1024;

  /// 0: no limit.
  explicit RecordLimit(int per_minute) : per_minute_{per_minute} {}

  /// Whether a request of `listener` at `now` may be recorded; takes one from its bucket if so. A clock that was set back refills nothing.
  [[nodiscard]] bool allows(const Listener& listener, Time now);
  [[nodiscard]] std::size_t size() const noexcept { return buckets_.size(); }

 private:
  struct Bucket {
    double left;
    Time at;
  };
  /// The listener is an HMAC already: its first bytes are as good as any hash.
  struct Hash {
    std::size_t operator()(const Listener& listener) const noexcept;
  };
  [[nodiscard]] double full() const noexcept { return static_cast<double>(per_minute_) * kBurst.count(); }
  [[nodiscard]] double refilled(const Bucket& bucket, Time now) const noexcept;

  int per_minute_;
  Time swept_{};  ///< when full buckets were last forgotten: looking at all of them for every newcomer would be an attack of its own
  std::unordered_map<Listener, Bucket, Hash> buckets_;
};

}  // namespace carillon::stats
