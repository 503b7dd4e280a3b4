#pragma once
// Serves a connection with the negotiated HTTP version.

#include "http/server/exchange.hpp"

namespace carillon::http {

/// Serves one connection until it ends, with the protocol from its handshake (Transport::protocol); closes it if that isn't supported.
/// `draining` is checked before waiting for the next request: true closes the connection after the response. A stream is sent piece by
/// piece; while it is idle, the peer is monitored, and the stream is canceled if it disconnects. `clock` must outlive the connection.
[[nodiscard]] asio::awaitable<void> serve(std::unique_ptr<net::Transport> transport, Handler handler, Deadlines deadlines,
                                          std::function<bool()> draining, const Clock& clock, Guards guards = {}, Observer observer = {});

}  // namespace carillon::http
