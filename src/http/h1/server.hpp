#pragma once
// The HTTP/1.1 wire (RFC 9112): reads requests from a Transport, asks the Handler, writes the answers in order.

#include "http/forwarded.hpp"
#include "http/message.hpp"
#include "net/address_limits.hpp"

namespace carillon::http::h1 {

/// A body that a handler did not read is read past up to this, so that the connection can go on; a longer one ends it.
inline constexpr std::size_t kLargestBodyReadPast = 64 * 1024;

struct Deadlines {
  net::Within header = std::chrono::seconds{15};         ///< from the first byte of a request to the end of its header block
  net::Within idle = std::chrono::seconds{60};           ///< between requests
  net::Within body = std::chrono::seconds{30};           ///< for each piece of a request body
  net::Within body_window = std::chrono::seconds{60};    ///< in each such time of waiting for a body …
  std::uint64_t least_in_window = 60 * 512;              ///< … at least so many bytes of it come: a drip holds no connection
  net::Within unwanted_body = std::chrono::seconds{30};  ///< in all, for a body that the handler did not read
  net::Within write =
      std::chrono::seconds{30};  ///< for each batch of an answer, or piece of a stream, to leave: who reads slower is dropped
};

/// Who may ask, and for what, before any handler is asked. What is empty is not looked at.
struct Guards {
  /// Is this host (in lower case, without port) one that is served here? On a connection whose handshake named another one, a request for a
  /// host that is not is answered with 421 (RFC 9110 §15.5.20).
  std::function<bool(std::string_view host)> serves_host{};
  /// Proxies that say whose a request is; Request::peer is that client then.
  std::shared_ptr<const TrustedProxies> proxies{};
  /// Where each request of such a client is counted while it is answered.
  net::AddressLimits* limits = nullptr;
};

/// Serves one connection until it ends. `draining` is asked before each wait for a next request: true answers `Connection: close`. A stream
/// goes out chunked (RFC 9112 §7.1), to a peer of HTTP/1.0 until the end of the connection; a stream that breaks off lacks its last chunk.
/// While a stream has nothing to say the peer is watched: once it leaves, the stream is cancelled.
/// Errors thrown by the handler become 500, are logged once, and close the connection.
asio::awaitable<void> serve(std::unique_ptr<net::Transport> transport, Handler handler, Deadlines deadlines, std::function<bool()> draining,
                            const Clock& clock, Guards guards = {});

}  // namespace carillon::http::h1
