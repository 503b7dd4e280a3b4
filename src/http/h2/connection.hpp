#pragma once
// The HTTP/2 wire (RFC 9113) by libnghttp2: several requests at the same time, each in its own coroutine on the connection's event loop.

#include "http/server/exchange.hpp"
#include "net/duplex.hpp"

namespace carillon::http::h2 {

/// Serves one connection until it ends: http::serve() for HTTP/2. A drain is announced with GOAWAY twice (RFC 9113 §6.8); requests that
/// arrive in between are answered, streams without an end are reset. What a client can cost is limited in limits.hpp: beyond, its requests
/// are refused, or the connection is closed with ENHANCE_YOUR_CALM.
asio::awaitable<void> serve(std::unique_ptr<net::DuplexTransport> transport, Handler handler, Deadlines deadlines,
                            std::function<bool()> draining, const Clock& clock, Guards guards, Observer observer);

}  // namespace carillon::http::h2
