#pragma once
// DuplexTransport: a connection on which one coroutine reads while another one writes. For protocols that interleave responses (HTTP/2).

#include "net/transport.hpp"

#include <functional>
#include <span>

namespace boost::asio {
class thread_pool;
}

namespace carillon::net {

/// HTTP/2 and HTTP/1.0, by the names of RFC 7301 §6.
inline constexpr std::string_view kHttp2 = "h2";
inline constexpr std::string_view kHttp10 = "http/1.0";

/// Bytes per send. A larger value gains nothing, a smaller one needs more system calls.
inline constexpr std::size_t kBatch = 256 * 1024;
/// Batches for slow peers: a peer that pauses makes the server hold no more than about this.
inline constexpr std::size_t kSmallestBatch = 16 * 1024;

/// The result of sending bytes that several responses share.
struct Passed {
  std::size_t bytes = 0;           ///< passed to the kernel
  std::size_t unacknowledged = 0;  ///< of these and earlier ones, how many the peer hasn't acknowledged; only if the connection broke
  Result<> outcome{};
};

/// All connections of a Server are of this kind. All functions on the connection's event loop.
class DuplexTransport : public Transport {
 public:
  /// How many bytes the kernel accepts without making the sender wait. At most kBatch; 0 if fewer than kSmallestBatch. With 0, release
  /// buffers and call wait_for_room().
  [[nodiscard]] virtual std::size_t room() noexcept = 0;
  /// Waits until the kernel accepts at least kSmallestBatch; `unavailable` on error, or if it doesn't within `within`.
  virtual asio::awaitable<Result<>> wait_for_room(Within within) = 0;
  /// All of `bytes`, while another coroutine may be in read_some(). With no bytes, it only reports what is unacknowledged.
  virtual asio::awaitable<Passed> send(std::span<const std::byte> bytes, Within within) = 0;
  /// Reads files that aren't in memory; for BodySource.
  [[nodiscard]] virtual asio::thread_pool& disk() noexcept = 0;
  /// Instead of closing the connection, a drain calls `notify` once. Empty: it closes the connection if its phase permits.
  virtual void on_drain(std::function<void()> notify) = 0;
};

}  // namespace carillon::net
