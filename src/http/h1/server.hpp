#pragma once
// The HTTP/1.1 wire (RFC 9112): reads requests from a Transport, asks the Handler, writes the answers in order.

#include "http/message.hpp"

namespace carillon::http::h1 {

/// A body that a handler did not read is read past up to this, so that the connection can go on; a longer one ends it.
inline constexpr std::size_t kLargestBodyReadPast = 64 * 1024;

struct Deadlines {
  net::Within header = std::chrono::seconds{15};  ///< from the first byte of a request to the end of its header block
  net::Within idle = std::chrono::seconds{60};    ///< between requests
  net::Within body = std::chrono::seconds{30};    ///< for each piece of a request body
  net::Within write =
      std::chrono::seconds{30};  ///< for each batch of an answer, or piece of a stream, to leave: who reads slower is dropped
};

/// Serves one connection until it ends. `draining` is asked before each wait for a next request: true answers `Connection: close`. A stream
/// goes out chunked (RFC 9112 §7.1), to a peer of HTTP/1.0 until the end of the connection; a stream that breaks off lacks its last chunk.
/// While a stream has nothing to say the peer is watched: once it leaves, the stream is cancelled.
/// Errors thrown by the handler become 500, are logged once, and close the connection.
asio::awaitable<void> serve(std::unique_ptr<net::Transport> transport, Handler handler, Deadlines deadlines, std::function<bool()> draining,
                            const Clock& clock);

}  // namespace carillon::http::h1
