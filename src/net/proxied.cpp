// See proxied.hpp.

#include "net/proxied.hpp"

#include "net/proxy_head.hpp"

#include <sys/socket.h>

#include <array>

namespace carillon::net {
namespace {

/// Readable means: so many bytes are there, or the end. What was only looked at would otherwise be reported without end.
void set_low_water(Connection& connection, int bytes) {
  ::setsockopt(connection.descriptor(), SOL_SOCKET, SO_RCVLOWAT, &bytes, sizeof bytes);
}

}  // namespace

asio::awaitable<Result<>> begin_proxied(Connection& connection, AddressLimits& limits) {
  std::array<char, kMaxProxyHead> bytes;
  std::size_t before = 0;
  auto deadline = std::chrono::steady_clock::now() + kProxySilence;
  ProxyHead head;
  while (true) {
    const auto got = ::recv(connection.descriptor(), bytes.data(), bytes.size(), MSG_PEEK | MSG_DONTWAIT);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && errno != EAGAIN && errno != EWOULDBLOCK) co_return fail_errno("receive", "from a proxy", errno);
    const auto size = got < 0 ? before : static_cast<std::size_t>(got);
    if (got == 0 || (got > 0 && size == before))
      co_return fail(ErrorKind::unavailable, "the proxy closed it before sending the whole PROXY header");
    if (got > 0) {
      if (before == 0) deadline = std::chrono::steady_clock::now() + kProxyHeadDeadline;
      before = size;
      head = parse_proxy_head({bytes.data(), size});
      if (head.state != ProxyHead::State::incomplete) break;
    }
    set_low_water(connection, static_cast<int>(before) + 1);
    auto ready = co_await connection.wait_readable(deadline - std::chrono::steady_clock::now());
    if (!ready) co_return forward_error(ready);
  }
  set_low_water(connection, 1);
  if (head.state == ProxyHead::State::absent) co_return Result<>{};
  if (head.state == ProxyHead::State::malformed)
    co_return fail(ErrorKind::invalid, "its PROXY header can't be read (proxy " + connection.peer().address + ")");
  if (::recv(connection.descriptor(), bytes.data(), head.length, MSG_DONTWAIT) != static_cast<ssize_t>(head.length))
    co_return fail(ErrorKind::internal, "its PROXY header is missing");
  if (!head.client) co_return Result<>{};
  auto slot = limits.take(head.client->address);
  if (!slot)
    co_return fail(ErrorKind::refused, "its client in " + region_of(head.client->address) +
                                           " already has too many open connections ([limits] connections_per_address)");
  connection.belongs_to({.address = head.client->address.text(), .port = head.client->port, .local_socket = false}, std::move(*slot));
  co_return Result<>{};
}

}  // namespace carillon::net
