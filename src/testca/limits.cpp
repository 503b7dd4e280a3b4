// See limits.hpp.

#include "testca/limits.hpp"

#include <algorithm>

namespace carillon::testca {

std::optional<Duration> Buckets::wait(const std::string& key, const Limit& limit, Time now) const {
  const auto found = full_at_.find(key);
  if (found == full_at_.end()) return {};
  const auto one = limit.per / limit.most;
  const auto missing = found->second - now;  // what has to flow in until the bucket is full
  if (missing <= one * (limit.most - 1)) return {};
  return missing - one * (limit.most - 1);
}

void Buckets::spend(const std::string& key, const Limit& limit, Time now) {
  auto& full_at = full_at_[key];
  full_at = std::max(full_at, now) + limit.per / limit.most;
}

}  // namespace carillon::testca
