// See rate_limit.hpp.

#include "api/core/rate_limit.hpp"

#include <algorithm>
#include <cmath>

namespace carillon::api {

namespace {

std::string key_of(const accounts::Caller& caller, std::string_view device, bool writes) {
  if (!caller.token.empty() && !(writes && !caller.id().empty())) return "token " + caller.token;
  if (caller.is_known()) return "person " + caller.id();
  return device.empty() ? "address " + caller.address_prefix : "device " + std::string(device);
}

}  // namespace

RateLimit::Answer RateLimit::take(const accounts::Caller& caller, std::string_view device, bool writes) {
  return take_from(key_of(caller, device, writes), caller.is_known() ? kKnownCallers : kStrangers);
}

RateLimit::Answer RateLimit::take_piece(const accounts::Caller& caller, std::string_view device) {
  if (!caller.is_known()) return take(caller, device, true);
  return take_from("pieces of " + key_of(caller, device, true), kPieces);
}

RateLimit::Answer RateLimit::take_from(const std::string& key, const Allowance& allowance) {
  const double per_second = static_cast<double>(allowance.requests) / static_cast<double>(allowance.window.count());
  const auto now = clock_.now();
  const Lock lock{mutex_};
  // Full buckets are as good as none; a flood of addresses must not take the memory.
  if (buckets_.size() >= kMaxBuckets)
    std::erase_if(buckets_, [&](const auto& entry) { return entry.second.at + kStrangers.window <= now || entry.second.at > now; });
  if (buckets_.size() >= kMaxBuckets) buckets_.clear();
  auto& bucket = buckets_.try_emplace(key, Bucket{.used = 0, .at = now}).first->second;
  const double seconds = std::max(0.0, std::chrono::duration<double>(now - bucket.at).count());
  bucket.used = std::max(0.0, bucket.used - seconds * per_second);
  bucket.at = now;
  Answer answer{.allowed = bucket.used + 1 <= allowance.requests, .allowance = allowance, .left = 0, .full_in = {}, .again_in = {}};
  if (answer.allowed)
    bucket.used += 1;
  else
    answer.again_in = std::chrono::seconds{static_cast<long>(std::ceil((bucket.used + 1 - allowance.requests) / per_second))};
  answer.left = static_cast<int>(allowance.requests - bucket.used);
  answer.full_in = std::chrono::seconds{static_cast<long>(std::ceil(bucket.used / per_second))};
  return answer;
}

void say(const RateLimit::Answer& answer, http::Response& response) {
  response.fields.set("RateLimit-Policy", "\"default\";q=" + std::to_string(answer.allowance.requests) +
                                              ";w=" + std::to_string(answer.allowance.window.count()));
  response.fields.set("RateLimit", "\"default\";r=" + std::to_string(answer.left) + ";t=" + std::to_string(answer.full_in.count()));
}

}  // namespace carillon::api
