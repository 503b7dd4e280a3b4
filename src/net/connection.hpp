#pragma once
// What plain and TLS connections share: the socket, its deadline, and how a Body leaves in large batches. For net alone.

#include "body/body_source.hpp"
#include "net/address_limits.hpp"
#include "net/asio.hpp"
#include "net/transport.hpp"

#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/generic/stream_protocol.hpp>

#include <list>
#include <optional>

namespace carillon::net {

class Roster;
using Socket = asio::generic::stream_protocol::socket;

/// Bytes that leave in one send. Larger gains nothing, smaller costs a system call each.
inline constexpr std::size_t kBatch = 256 * 1024;
/// A batch counts as left when the kernel has it; what it still holds unsent is bounded by this.
inline constexpr int kNotSentLowWater = 256 * 1024;

/// A connection that moved this much is worth its place among too many.
inline constexpr std::uint64_t kProgress = 16 * 1024;

/// One accepted socket with a deadline for whatever waits on it. One coroutine at a time in each direction.
class Connection {
 public:
  Connection(Socket socket, Peer peer, AddressLimits::Slot slot = {});
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection();

  [[nodiscard]] const Peer& peer() const noexcept { return peer_; }
  [[nodiscard]] int descriptor() { return socket_.native_handle(); }
  /// Waits until it can be read or written; `unavailable` when `within` passed or the connection was closed.
  asio::awaitable<Result<>> wait_readable(Within within);
  asio::awaitable<Result<>> wait_writable(Within within);
  /// All of `bytes`; the deadline starts anew with each piece that leaves. Answers how many left, also when it failed.
  struct Written {
    std::size_t bytes = 0;
    Result<> outcome;
  };
  asio::awaitable<Written> send_all(std::span<const std::byte> bytes, Within within);
  /// Reads what is there without waiting: bytes, 0 at the end, none when there is nothing yet.
  [[nodiscard]] Result<std::optional<std::size_t>> receive(std::span<std::byte> into);
  /// At least one byte of what is sent, 0 only at its end. What is at hand costs no wait; what another machine holds must begin to come
  /// within `within`, or until the connection is cut.
  asio::awaitable<Result<std::size_t>> next_of(BodySource& source, std::span<std::byte> into, Within within);
  /// What the kernel holds that the peer has not acknowledged (SIOCOUTQ).
  [[nodiscard]] std::size_t unacknowledged();
  void shut_down_sending();

  /// With false whoever waits to read fails at once, until it is allowed again; writing goes on.
  void allow_reading(bool allowed) noexcept;
  /// Cuts it from its own loop: whatever waits fails at once.
  void cut();
  void enter(Phase phase) noexcept;
  /// Something worth a place was sent or came.
  void progressed() noexcept;
  /// A drain need not wait for it.
  [[nodiscard]] bool waits() const noexcept { return phase_ == Phase::waiting || phase_ == Phase::idle || phase_ == Phase::stream; }
  /// A proxy said whose connection this is. The slot is what the client has taken of its address's.
  void belongs_to(Peer peer, AddressLimits::Slot slot) {
    peer_ = std::move(peer);
    slot_ = std::move(slot);
  }

 private:
  /// What waits in one direction, and how it is ended without touching the other.
  struct Direction {
    Socket::wait_type what;
    asio::steady_timer timer;
    asio::cancellation_signal end{};
    bool stopped = false;
  };
  asio::awaitable<Result<>> wait(Direction& direction, Within within);

  Socket socket_;
  Direction reading_;
  Direction writing_;
  Peer peer_;
  AddressLimits::Slot slot_;
  BodySource* awaited_ = nullptr;  ///< what writing waits for
  Phase phase_ = Phase::waiting;
  std::uint64_t since_progress_ = 0;  ///< bytes sent
  bool cut_ = false;

  /// Where it is in its loop's roster, which alone touches this.
  struct Place {
    Roster* roster = nullptr;
    std::size_t line = 0;
    std::chrono::steady_clock::time_point since;
    std::list<std::shared_ptr<Connection>>::iterator at;
    bool leaving = false;
  };
  friend class Roster;
  Place place_;
};

}  // namespace carillon::net
