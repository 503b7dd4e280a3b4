// BoundPort: a port taken before anybody listens. See server.hpp.

#include "net/bound_port.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>

namespace carillon::net {

std::unexpected<Error> cannot_listen(const Endpoint& endpoint, const std::string& why) {
  return fail(ErrorKind::unavailable, "Can't listen on " + (endpoint.address.empty() ? "port " : endpoint.address + " port ") +
                                          std::to_string(endpoint.port) + ": " + why +
                                          ". Is another server running there? Choose another port with --http or --https.");
}

Result<BoundPort> BoundPort::bind(const Endpoint& endpoint) {
  sockaddr_in v4{.sin_family = AF_INET, .sin_port = htons(endpoint.port), .sin_addr = {INADDR_ANY}, .sin_zero = {}};
  sockaddr_in6 v6{
      .sin6_family = AF_INET6, .sin6_port = htons(endpoint.port), .sin6_flowinfo = 0, .sin6_addr = in6addr_any, .sin6_scope_id = 0};
  bool is_v6 = true;
  const bool all = endpoint.address.empty();
  if (!all) {
    is_v6 = endpoint.address.contains(':');
    if (::inet_pton(is_v6 ? AF_INET6 : AF_INET, endpoint.address.c_str(), is_v6 ? static_cast<void*>(&v6.sin6_addr) : &v4.sin_addr) != 1)
      return cannot_listen(endpoint, "that isn't a valid IP address");
  }
  FileDescriptor socket;
  int wrong = 0;
  const auto open = [&](bool as_v6) {
    socket = FileDescriptor{::socket(as_v6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
    const int yes = 1, only_v6 = all ? 0 : 1;
    const auto* address = as_v6 ? reinterpret_cast<const sockaddr*>(&v6) : reinterpret_cast<const sockaddr*>(&v4);
    const bool done = socket && ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) == 0 &&
                      (!as_v6 || ::setsockopt(socket.get(), IPPROTO_IPV6, IPV6_V6ONLY, &only_v6, sizeof only_v6) == 0) &&
                      ::bind(socket.get(), address, as_v6 ? sizeof v6 : sizeof v4) == 0;
    wrong = done ? 0 : errno;
    return done;
  };
  // Without IPv6 in the kernel, all addresses are those of IPv4.
  if (!open(is_v6)) {
    if (!all || wrong == EADDRINUSE || wrong == EACCES || !open(is_v6 = false)) return cannot_listen(endpoint, errno_text(wrong));
  }
  sockaddr_storage bound{};
  socklen_t length = sizeof bound;
  if (::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&bound), &length) != 0) return cannot_listen(endpoint, errno_text(errno));
  auto port = endpoint;
  port.port =
      ntohs(is_v6 ? reinterpret_cast<const sockaddr_in6*>(&bound)->sin6_port : reinterpret_cast<const sockaddr_in*>(&bound)->sin_port);
  return BoundPort{std::move(port), std::move(socket), is_v6};
}

}  // namespace carillon::net
