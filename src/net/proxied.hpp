#pragma once
// The start of a connection from a trusted proxy. Only for net.

#include "net/connection.hpp"

namespace carillon::net {

/// A PROXY header arrives in one segment after the TCP handshake; slow senders aren't proxies.
inline constexpr std::chrono::seconds kProxyHeadDeadline{3};
/// A proxy may open connections before it has a client for them.
inline constexpr std::chrono::seconds kProxySilence{60};

/// Reads the PROXY header, if there is one, and nothing after it; then assigns the connection to its client, with a slot of the client's
/// address. Without a header nothing changes. `refused` if the client's address has too many connections, `invalid` if the header can't be
/// parsed.
asio::awaitable<Result<>> begin_proxied(Connection& connection, AddressLimits& limits);

}  // namespace carillon::net
