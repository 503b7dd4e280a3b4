#pragma once
// What plain and TLS connections share: the socket, its deadline, and sending a Body in large batches. Only for net.

#include "body/body_source.hpp"
#include "net/address_limits.hpp"
#include "net/asio.hpp"
#include "net/duplex.hpp"

#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/generic/stream_protocol.hpp>

#include <list>
#include <optional>

namespace carillon::net {

class Roster;
using Socket = asio::generic::stream_protocol::socket;

/// A batch counts as sent when the kernel has it; this limits the unsent data in the kernel.
inline constexpr int kNotSentLowWater = 256 * 1024;

/// A connection that transferred this much isn't closed if there are too many.
inline constexpr std::uint64_t kProgress = 16 * 1024;

/// One accepted socket, with a deadline for every wait. One coroutine at a time in each direction.
class Connection {
 public:
  Connection(Socket socket, Peer peer, AddressLimits::Slot slot = {});
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection();

  [[nodiscard]] const Peer& peer() const noexcept { return peer_; }
  [[nodiscard]] int descriptor() { return socket_.native_handle(); }
  /// Waits until it can be read or written; `unavailable` if `within` has passed or the connection was closed.
  asio::awaitable<Result<>> wait_readable(Within within);
  asio::awaitable<Result<>> wait_writable(Within within);
  /// Sends all of `bytes`; the deadline restarts with each sent piece. Returns how many were sent, also on failure.
  struct Written {
    std::size_t bytes = 0;
    Result<> outcome;
  };
  asio::awaitable<Written> send_all(std::span<const std::byte> bytes, Within within);
  /// Sends what the kernel accepts without waiting, and returns how many bytes that was.
  [[nodiscard]] Result<std::size_t> send_now(std::span<const std::byte> bytes);
  /// As DuplexTransport::room().
  [[nodiscard]] std::size_t room() noexcept;
  /// Reads available data without waiting: bytes, 0 at the end, none if there is nothing yet.
  [[nodiscard]] Result<std::optional<std::size_t>> receive(std::span<std::byte> into);
  /// At least one byte of the body to send, 0 only at its end. Available data is returned without waiting; remote data must start to arrive
  /// within `within`, or until the connection is cut.
  asio::awaitable<Result<std::size_t>> next_of(BodySource& source, std::span<std::byte> into, Within within);
  /// The bytes in the kernel that the peer hasn't acknowledged (SIOCOUTQ).
  [[nodiscard]] std::size_t unacknowledged();
  void shut_down_sending();

  /// With false, waiting reads fail immediately, until reading is allowed again; writing continues.
  void allow_reading(bool allowed) noexcept;
  /// Cuts it from its own event loop: everything that waits fails immediately.
  void cut();
  void enter(Phase phase) noexcept;
  /// As DuplexTransport::on_drain().
  void on_drain(std::function<void()> notify) { notify_of_drain_ = std::move(notify); }
  /// Notifies the one who asked for it; false if no one did.
  bool drains_itself();
  /// Call it after useful data was sent or received.
  void progressed() noexcept;
  /// Whether a drain needn't wait for it.
  [[nodiscard]] bool waits() const noexcept { return phase_ == Phase::waiting || phase_ == Phase::idle || phase_ == Phase::stream; }
  /// Sets the client after a proxy's PROXY header. The slot is the client's for its address.
  void belongs_to(Peer peer, AddressLimits::Slot slot) {
    peer_ = std::move(peer);
    slot_ = std::move(slot);
  }

 private:
  /// What waits in one direction, and how to cancel it without affecting the other.
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
  std::function<void()> notify_of_drain_;
  Phase phase_ = Phase::waiting;
  std::uint64_t since_progress_ = 0;  ///< bytes sent
  bool cut_ = false;

  /// Its position in its loop's roster; only used by the roster.
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
