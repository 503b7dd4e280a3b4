// See listener.hpp.

#include "stats/log/listener.hpp"

#include "crypto/hmac.hpp"

#include <algorithm>

namespace carillon::stats {

Listener listener_of(const IpAddress& address, const ListenerKey& key) {
  const auto held = network_of(address, kSubscriberPrefix);
  const auto digest = crypto::hmac_sha256(key, std::as_bytes(held.base.bytes().first(held.bits / 8)));
  Listener listener{};
  std::copy_n(digest.bytes.begin(), listener.size(), listener.begin());
  return listener;
}

}  // namespace carillon::stats
