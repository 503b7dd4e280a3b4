#pragma once
// Transport: one accepted connection, plain or TLS. Everything that waits has a deadline.

#include "body/body.hpp"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace carillon::net {

namespace asio = boost::asio;
using Within = std::chrono::steady_clock::duration;

/// The other end of a connection.
struct Peer {
  std::string address;  ///< "192.0.2.7", "2001:db8::1"; "" for a Unix socket
  std::uint16_t port = 0;
  bool local_socket = false;            ///< came over the control socket
  std::optional<std::uint32_t> user{};  ///< for a Unix socket: the uid of the process that connected (SO_PEERCRED)
};

/// What a connection is doing: decides which ones a drain closes immediately, and which are closed first if there are too many.
enum class Phase {
  waiting,   ///< for the first byte of the first request, including PROXY header and handshake
  arriving,  ///< the head of a request, or a body to discard
  idle,      ///< between requests
  exchange,  ///< a request body, the handler's work, or a response
  stream,    ///< a response without an end: a drain closes it immediately
};

/// The result of writing a Body.
struct Sent {
  ByteCount body;    ///< sent bytes of the Body: passed to the kernel, minus those unacknowledged when the connection broke
  Result<> outcome;  ///< an error if the peer disconnected, the deadline passed or a file failed
};

/// HTTP/1.1, by the name of RFC 7301 §6.
inline constexpr std::string_view kHttp1 = "http/1.1";

/// One connection. Used by one coroutine at a time, on its event loop; never migrates.
class Transport {
 public:
  virtual ~Transport() = default;
  [[nodiscard]] virtual const Peer& peer() const noexcept = 0;
  [[nodiscard]] virtual bool encrypted() const noexcept = 0;
  /// At least one byte, 0 if the peer closed normally; `unavailable` on error, or if nothing arrived within `within`.
  virtual asio::awaitable<Result<std::size_t>> read_some(std::span<std::byte> into, Within within) = 0;
  /// All of `head`, then all of `body`, in as few sends as possible. `within` restarts with each sent batch.
  virtual asio::awaitable<Sent> write(std::string head, Body body, Within within) = 0;
  /// With false, a waiting read_some() fails immediately, and so do others until reading is allowed again. No received data is lost. Only
  /// this function may be called while another coroutine reads.
  virtual void allow_reading(bool allowed) noexcept = 0;
  /// Sets its phase. A connection starts as `waiting`.
  virtual void enter(Phase phase) noexcept = 0;
  /// Call it after a useful piece of a request body has arrived. Writing does this by itself.
  virtual void progressed() noexcept {}
  /// The server name in the client's handshake (SNI), in lower case and without a trailing dot; "" for none.
  [[nodiscard]] virtual std::string_view server_name() const noexcept { return {}; }
  /// The negotiated protocol (ALPN); HTTP/1.1 if none was.
  [[nodiscard]] virtual std::string_view protocol() const noexcept { return kHttp1; }
  /// TLS close_notify and shutdown of the sending side, best effort, bounded by `within`.
  virtual asio::awaitable<void> close(Within within) = 0;
};

}  // namespace carillon::net
