#pragma once
// The HTTP/1.1 wire (RFC 9112): reads requests from a Transport, asks the Handler, writes the answers in order.

#include "http/server/exchange.hpp"

namespace carillon::http::h1 {

/// A body that a handler did not read is read past up to this, so that the connection can go on; a longer one ends it.
inline constexpr std::size_t kLargestBodyReadPast = 64 * 1024;

/// Serves one connection until it ends: http::serve() for those who speak HTTP/1. A stream goes out chunked (RFC 9112 §7.1), to a peer of
/// HTTP/1.0 until the end of the connection; a stream that breaks off lacks its last chunk. While draining, answers say `Connection:
/// close`.
asio::awaitable<void> serve(std::unique_ptr<net::Transport> transport, Handler handler, Deadlines deadlines, std::function<bool()> draining,
                            const Clock& clock, Guards guards);

}  // namespace carillon::http::h1
