// See record_limit.hpp.

#include "stats/log/record_limit.hpp"

#include <algorithm>
#include <cstring>

namespace carillon::stats {

std::size_t RecordLimit::Hash::operator()(const Listener& listener) const noexcept {
  std::size_t value = 0;
  std::memcpy(&value, listener.data(), sizeof value);
  return value;
}

double RecordLimit::refilled(const Bucket& bucket, Time now) const noexcept {
  const auto passed = std::max(Duration{}, now - bucket.at);
  const auto minutes = std::chrono::duration<double, std::ratio<60>>(passed).count();
  return std::min(full(), bucket.left + minutes * per_minute_);
}

bool RecordLimit::allows(const Listener& listener, Time now) {
  if (per_minute_ == 0) return true;
  auto found = buckets_.find(listener);
  if (found == buckets_.end()) {
    if (buckets_.size() >= kMaxAddresses) {
      if (now < swept_ || now - swept_ >= kSweepInterval) {
        swept_ = now;
        std::erase_if(buckets_, [&](const auto& entry) { return refilled(entry.second, now) >= full(); });
      }
      if (buckets_.size() >= kMaxAddresses) return true;
    }
    found = buckets_.emplace(listener, Bucket{.left = full(), .at = now}).first;
  }
  auto& bucket = found->second;
  bucket.left = refilled(bucket, now);
  bucket.at = now;
  if (bucket.left < 1) return false;
  bucket.left -= 1;
  return true;
}

}  // namespace carillon::stats
