#pragma once
// The client address of a request through a proxy, from X-Forwarded-For or Forwarded (RFC 7239).

#include "base/ip/address.hpp"
#include "http/message.hpp"

#include <vector>

namespace carillon::http {

/// A longer chain of proxies is a loop or forged.
inline constexpr std::size_t kMaxProxyHops = 16;

/// The trusted proxies and their header field. The other field is never read: a proxy passes on unknown fields, so clients could forge it.
struct TrustedProxies {
  enum class Field { x_forwarded_for, forwarded };
  std::vector<IpNetwork> networks;
  Field field = Field::x_forwarded_for;
};

/// The client of a request from `peer`: the first address from the right that isn't a trusted proxy's. `peer` itself if it isn't trusted,
/// uses the control socket or sends no address ("unknown", "_hidden"). `invalid` if a trusted proxy's field can't be parsed.
[[nodiscard]] Result<net::Peer> client_of(const Fields& fields, const net::Peer& peer, const TrustedProxies& proxies);

}  // namespace carillon::http
