// See connection.hpp.

#include "net/connection.hpp"

#include "net/roster.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>

#include <linux/sock_diag.h>
#include <linux/sockios.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace carillon::net {

Connection::Connection(Socket socket, Peer peer, AddressLimits::Slot slot)
    : socket_{std::move(socket)},
      reading_{.what = Socket::wait_read, .timer = asio::steady_timer{socket_.get_executor()}},
      writing_{.what = Socket::wait_write, .timer = asio::steady_timer{socket_.get_executor()}},
      peer_{std::move(peer)},
      slot_{std::move(slot)} {
  boost::system::error_code ignored;
  socket_.non_blocking(true, ignored);
  if (!peer_.local_socket) {
    const int yes = 1;
    ::setsockopt(descriptor(), IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    ::setsockopt(descriptor(), IPPROTO_TCP, TCP_NOTSENT_LOWAT, &kNotSentLowWater, sizeof kNotSentLowWater);
  }
}

Connection::~Connection() = default;

void Connection::enter(Phase phase) noexcept {
  phase_ = phase;
  if (place_.roster != nullptr) place_.roster->enter(*this, phase);
}

void Connection::progressed() noexcept {
  if (place_.roster != nullptr) place_.roster->progressed(*this);
}

namespace {

/// Hands the end of a coroutine on to what it waits for under a signal of its own; undone when this goes.
class HandsOn {
 public:
  HandsOn(asio::cancellation_slot from, asio::cancellation_signal& to) : from_{from} {
    if (from_.is_connected()) from_.assign([&to](asio::cancellation_type type) { to.emit(type); });
  }
  ~HandsOn() {
    if (from_.is_connected()) from_.clear();
  }
  HandsOn(const HandsOn&) = delete;
  HandsOn& operator=(const HandsOn&) = delete;

 private:
  asio::cancellation_slot from_;
};

}  // namespace

asio::awaitable<Result<>> Connection::wait(Direction& direction, Within within) {
  if (cut_) co_return fail(ErrorKind::unavailable, "the connection was closed");
  if (direction.stopped) co_return fail(ErrorKind::unavailable, "reading is paused on this connection");
  // The timer cuts the wait short by cancelling it; both live on this connection's loop, so nothing races.
  bool late = false;
  direction.timer.expires_after(within);
  direction.timer.async_wait([&direction, &late](boost::system::error_code stopped) {
    if (stopped) return;
    late = true;
    direction.end.emit(asio::cancellation_type::terminal);
  });
  boost::system::error_code wrong;
  {
    const HandsOn ending{(co_await asio::this_coro::cancellation_state).slot(), direction.end};
    co_await socket_.async_wait(direction.what,
                                asio::bind_cancellation_slot(direction.end.slot(), asio::redirect_error(asio::use_awaitable, wrong)));
  }
  // A timer that fired but whose handler still waits in the queue must not see `late` after it is gone: let it run first.
  if (direction.timer.cancel() == 0 && !late) co_await asio::post(asio::use_awaitable);
  if (cut_) co_return fail(ErrorKind::unavailable, "the connection was closed");
  if (late) co_return fail(ErrorKind::unavailable, "the peer timed out");
  if (wrong) co_return fail(ErrorKind::unavailable, "the connection failed: " + wrong.message());
  co_return Result<>{};
}

asio::awaitable<Result<>> Connection::wait_readable(Within within) { return wait(reading_, within); }
asio::awaitable<Result<>> Connection::wait_writable(Within within) { return wait(writing_, within); }

void Connection::allow_reading(bool allowed) noexcept {
  reading_.stopped = !allowed;
  if (!allowed) reading_.end.emit(asio::cancellation_type::terminal);
}

asio::awaitable<Connection::Written> Connection::send_all(std::span<const std::byte> bytes, Within within) {
  Written written;
  while (written.bytes < bytes.size()) {
    if (cut_) {
      written.outcome = fail(ErrorKind::unavailable, "the connection was closed");
      break;
    }
    const auto rest = bytes.subspan(written.bytes);
    const auto sent = ::send(descriptor(), rest.data(), rest.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent >= 0) {
      written.bytes += static_cast<std::size_t>(sent);
      since_progress_ += static_cast<std::uint64_t>(sent);
      if (since_progress_ >= kProgress) {
        since_progress_ = 0;
        progressed();
      }
      continue;
    }
    if (errno == EINTR) continue;
    if (errno != EAGAIN && errno != EWOULDBLOCK) {
      written.outcome = fail_errno("send", "to the peer", errno);
      break;
    }
    if (auto ready = co_await wait_writable(within); !ready) {
      written.outcome = std::move(ready);
      break;
    }
  }
  co_return written;
}

Result<std::size_t> Connection::send_now(std::span<const std::byte> bytes) {
  std::size_t all = 0;
  while (all < bytes.size() && !cut_) {
    const auto sent = ::send(descriptor(), bytes.data() + all, bytes.size() - all, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) break;
    if (sent < 0) return fail_errno("send", "to the peer", errno);
    all += static_cast<std::size_t>(sent);
  }
  return all;
}

std::size_t Connection::room() noexcept {
  std::array<std::uint32_t, SK_MEMINFO_VARS> memory{};
  socklen_t size = sizeof memory;
  if (::getsockopt(descriptor(), SOL_SOCKET, SO_MEMINFO, memory.data(), &size) != 0) return kBatch;
  const std::size_t queued = memory[SK_MEMINFO_WMEM_QUEUED], most = memory[SK_MEMINFO_SNDBUF];
  auto free = std::min(kBatch, most > queued ? most - queued : 0);
  int unsent = 0;  // what the kernel hasn't sent once; a Unix socket has no such figure
  if (!peer_.local_socket && ::ioctl(descriptor(), SIOCOUTQNSD, &unsent) == 0)
    free = std::min<std::size_t>(free, std::max(0, kNotSentLowWater - unsent));
  return free < kSmallestBatch ? 0 : free;
}

bool Connection::drains_itself() {
  if (!notify_of_drain_) return false;
  std::exchange(notify_of_drain_, {})();
  return true;
}

Result<std::optional<std::size_t>> Connection::receive(std::span<std::byte> into) {
  while (true) {
    const auto got = ::recv(descriptor(), into.data(), into.size(), MSG_DONTWAIT);
    if (got >= 0) return static_cast<std::size_t>(got);
    if (errno == EINTR) continue;
    if (errno == EAGAIN || errno == EWOULDBLOCK) return std::nullopt;
    return fail_errno("receive", "from the peer", errno);
  }
}

std::size_t Connection::unacknowledged() {
  int bytes = 0;
  if (peer_.local_socket || ::ioctl(descriptor(), SIOCOUTQ, &bytes) != 0 || bytes < 0) return 0;
  return static_cast<std::size_t>(bytes);
}

void Connection::shut_down_sending() {
  boost::system::error_code ignored;
  socket_.shutdown(Socket::shutdown_send, ignored);
}

asio::awaitable<Result<std::size_t>> Connection::next_of(BodySource& source, std::span<std::byte> into, Within within) {
  if (cut_) co_return fail(ErrorKind::unavailable, "the connection was closed");
  bool late = false;
  awaited_ = &source;
  asio::steady_timer timer{socket_.get_executor(), within};
  timer.async_wait([&source, &late](boost::system::error_code stopped) {
    if (stopped) return;
    late = true;
    source.cancel();
  });
  Result<std::size_t> got;
  std::exception_ptr thrown;
  try {
    got = co_await source.read(into);
  } catch (...) { thrown = std::current_exception(); }
  awaited_ = nullptr;
  // As in wait(): a handler that is in the queue already must not find `late` gone.
  if (timer.cancel() == 0 && !late) co_await asio::post(asio::use_awaitable);
  if (thrown) std::rethrow_exception(thrown);
  if (cut_) co_return fail(ErrorKind::unavailable, "the connection was closed");
  if (late) co_return fail(ErrorKind::unavailable, "reading stored media took too long");
  co_return got;
}

void Connection::cut() {
  cut_ = true;
  if (awaited_) awaited_->cancel();
  boost::system::error_code ignored;
  socket_.cancel(ignored);
}

}  // namespace carillon::net
