#pragma once
// Transport: one accepted connection as its user sees it, plain or TLS. Everything that waits has a deadline.

#include "body/body.hpp"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace carillon::net {

namespace asio = boost::asio;
using Within = std::chrono::steady_clock::duration;

/// Who is at the other end.
struct Peer {
  std::string address;  ///< "192.0.2.7", "2001:db8::1"; "" on a unix socket
  std::uint16_t port = 0;
  bool local_socket = false;            ///< came over the control socket
  std::optional<std::uint32_t> user{};  ///< on a unix socket: the uid of the process that connected (SO_PEERCRED)
};

/// What a connection is doing: it decides what a drain ends at once, and who goes first when there are too many connections.
enum class Phase {
  waiting,   ///< for the first byte of the first request, its proxy's head and its handshake included
  arriving,  ///< the head of a request, or a body that nobody wants
  idle,      ///< between requests
  exchange,  ///< a wanted body, the handler's work, or an answer
  stream,    ///< an answer without an end: a drain ends it at once
};

/// What became of writing a Body.
struct Sent {
  ByteCount body;    ///< bytes of the Body that left for the peer: handed to the kernel, less what was still unacknowledged when it broke
  Result<> outcome;  ///< an error when the peer went away, the deadline passed or a file failed
};

/// HTTP/1.1, by the name of RFC 7301 §6.
inline constexpr std::string_view kHttp1 = "http/1.1";

/// One connection. Used by one coroutine at a time, on its event loop; never migrates.
class Transport {
 public:
  virtual ~Transport() = default;
  [[nodiscard]] virtual const Peer& peer() const noexcept = 0;
  [[nodiscard]] virtual bool encrypted() const noexcept = 0;
  /// At least one byte, 0 at the peer's orderly end; `unavailable` on error, or when nothing came within `within`.
  virtual asio::awaitable<Result<std::size_t>> read_some(std::span<std::byte> into, Within within) = 0;
  /// All of `head`, then all of `body`, in as few sends as possible. `within` is for progress: it starts anew with each batch that leaves.
  virtual asio::awaitable<Sent> write(std::string head, Body body, Within within) = 0;
  /// With false a read_some() that waits fails at once, and so does every other until reading is allowed again. Nothing that came is lost.
  /// The one call that may be made while another coroutine reads.
  virtual void allow_reading(bool allowed) noexcept = 0;
  /// Says what it does from now on. A connection begins as one that waits.
  virtual void enter(Phase phase) noexcept = 0;
  /// A piece of a request's body that is worth something has come. Writing says so by itself.
  virtual void progressed() noexcept {}
  /// The name that the client asked for in its handshake (SNI), in lower case and without a trailing dot; "" for none.
  [[nodiscard]] virtual std::string_view server_name() const noexcept { return {}; }
  /// The protocol that was agreed on in the handshake (ALPN); HTTP/1.1 where none was.
  [[nodiscard]] virtual std::string_view protocol() const noexcept { return kHttp1; }
  /// TLS close_notify and shutdown of the sending side, best effort, bounded by `within`.
  virtual asio::awaitable<void> close(Within within) = 0;
};

}  // namespace carillon::net
