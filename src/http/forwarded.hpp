#pragma once
// Whose request it is when it came through a proxy that says so in a field of its own: X-Forwarded-For, or Forwarded (RFC 7239).

#include "base/ip/address.hpp"
#include "http/message.hpp"

#include <vector>

namespace carillon::http {

/// More proxies one behind the other are a loop, or somebody's invention.
inline constexpr std::size_t kMaxProxyHops = 16;

/// Which proxies are believed, and in which field. The other field is never read: a proxy passes on what it does not know, and so a client
/// could write it.
struct TrustedProxies {
  enum class Field { x_forwarded_for, forwarded };
  std::vector<IpNetwork> networks;
  Field field = Field::x_forwarded_for;
};

/// The client of a request that came from `peer`: read from the right, the first address that is no trusted proxy's. `peer` itself when it
/// is not trusted, comes over the control socket or names nobody ("unknown", "_hidden"). `invalid` when a trusted proxy says what cannot be
/// read.
[[nodiscard]] Result<net::Peer> client_of(const Fields& fields, const net::Peer& peer, const TrustedProxies& proxies);

}  // namespace carillon::http
