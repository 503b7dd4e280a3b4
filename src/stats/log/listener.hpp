#pragma once
// A listener: the keyed hash of an address in the request log.

#include "base/digest.hpp"
#include "base/ip/address.hpp"

#include <array>

namespace carillon::stats {

using ListenerKey = std::array<std::byte, 32>;
using Listener = std::array<std::byte, 16>;

/// The first 16 bytes of HMAC-SHA-256 over the subscriber's part of the address: four bytes of IPv4 or the first eight of IPv6.
[[nodiscard]] Listener listener_of(const IpAddress& address, const ListenerKey& key);

}  // namespace carillon::stats
