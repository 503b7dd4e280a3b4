#pragma once
// The beginning of a connection that a trusted proxy opened. For net alone.

#include "net/connection.hpp"

namespace carillon::net {

/// A head comes in one segment behind the handshake of TCP; whoever drips it is no proxy.
inline constexpr std::chrono::seconds kProxyHeadDeadline{3};
/// A proxy may open connections before it has a client for them.
inline constexpr std::chrono::seconds kProxySilence{60};

/// Reads the proxy's head, if it sends one, and not a byte behind it; from then on the connection is its client's, with a slot of the
/// client's address. Without a head nothing changes. `refused` when the client's address holds too many connections, `invalid` for a head
/// that can't be read.
asio::awaitable<Result<>> begin_proxied(Connection& connection, AddressLimits& limits);

}  // namespace carillon::net
