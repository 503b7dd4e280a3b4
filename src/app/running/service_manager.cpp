// See service_manager.hpp.

#include "app/running/service_manager.hpp"

#include "base/file.hpp"
#include "base/log.hpp"

#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <string>

namespace carillon::app {

void tell_service_manager(std::string_view state) {
  const char* named = std::getenv("NOTIFY_SOCKET");
  if (!named) return;
  const std::string_view path{named};
  sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
  const auto refused = [](int number) { log::warning("the service manager could not be notified", {{"reason", errno_text(number)}}); };
  if (path.size() < 2 || path.size() >= sizeof address.sun_path) return refused(EINVAL);
  std::ranges::copy(path, address.sun_path);
  // “@…” is an abstract socket (unix(7)).
  if (path.front() == '@') address.sun_path[0] = '\0';
  const FileDescriptor socket{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size());
  if (!socket || ::sendto(socket.get(), state.data(), state.size(), MSG_NOSIGNAL, reinterpret_cast<const sockaddr*>(&address), length) < 0)
    refused(errno);
}

}  // namespace carillon::app
