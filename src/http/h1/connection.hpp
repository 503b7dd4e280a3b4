#pragma once
// The HTTP/1.1 wire (RFC 9112): reads requests from a Transport, calls the Handler, writes the responses in order.

#include "http/server/exchange.hpp"

namespace carillon::http::h1 {

/// How much of a body that a handler didn't read is discarded, so that the connection can be reused; a longer one closes it.
inline constexpr std::size_t kLargestBodyReadPast = 64 * 1024;

/// Serves one connection until it ends: http::serve() for HTTP/1. A stream is sent chunked (RFC 9112 §7.1), to HTTP/1.0 peers until the
/// connection closes; an interrupted stream lacks its last chunk. While draining, responses contain `Connection: close`.
asio::awaitable<void> serve(std::unique_ptr<net::Transport> transport, Handler handler, Deadlines deadlines, std::function<bool()> draining,
                            const Clock& clock, Guards guards, Observer observer);

}  // namespace carillon::http::h1
