#pragma once
// Serves a connection in the version of HTTP that was agreed on with its peer.

#include "http/server/exchange.hpp"

namespace carillon::http {

/// Serves one connection until it ends, in the protocol that its handshake chose (Transport::protocol); one that is not spoken here is
/// closed. `draining` is asked before each wait for a next request: true ends the connection after the answer. A stream goes out piece by
/// piece; while it has nothing to say the peer is watched: once it leaves, the stream is cancelled. `clock` lives as long as the
/// connection.
[[nodiscard]] asio::awaitable<void> serve(std::unique_ptr<net::Transport> transport, Handler handler, Deadlines deadlines,
                                          std::function<bool()> draining, const Clock& clock, Guards guards = {});

}  // namespace carillon::http
