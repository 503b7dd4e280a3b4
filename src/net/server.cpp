// See server.hpp. A listening socket is bound once and duplicated into every loop; whichever loop accepts a connection keeps it for good.

#include "net/server.hpp"

#include "base/file.hpp"
#include "base/log.hpp"
#include "net/plain_transport.hpp"
#include "net/tls.hpp"

#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/thread_pool.hpp>

#include <fcntl.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <list>
#include <mutex>
#include <optional>
#include <thread>
#include <unordered_set>

namespace carillon::net {
namespace {

/// Beyond, a new connection is closed at once: whoever is being served comes first.
constexpr std::size_t kMostConnections = 20'000;
constexpr int kBacklog = 1024;
/// After a failed accept (no descriptor left, mostly) the next try waits this long instead of spinning.
constexpr std::chrono::milliseconds kAcceptPause{100};
constexpr std::size_t kDiskThreads = 4;
/// After a drain's time is over, what is cut gets this long to notice.
constexpr std::chrono::seconds kCutPatience{10};

using Tcp = asio::ip::tcp;
using Local = asio::local::stream_protocol;

Peer peer_of(const Tcp::socket& socket) {
  boost::system::error_code wrong;
  const auto endpoint = socket.remote_endpoint(wrong);
  if (wrong) return {};
  auto address = endpoint.address();
  if (address.is_v6() && address.to_v6().is_v4_mapped()) address = asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6());
  return {.address = address.to_string(), .port = endpoint.port(), .local_socket = false};
}

Peer peer_of(const Local::socket&) { return {.address = {}, .port = 0, .local_socket = true}; }

/// The cores this process may run on: taskset, a service's CPUAffinity or a container may leave it fewer than the machine has, and two
/// loops on one core only get in each other's way.
std::size_t cores() {
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  if (::sched_getaffinity(0, sizeof allowed, &allowed) == 0) return static_cast<std::size_t>(std::max(1, CPU_COUNT(&allowed)));
  return std::max(1U, std::thread::hardware_concurrency());  // a machine with more cores than the set holds
}

std::unexpected<Error> cannot_listen(const Endpoint& endpoint, const std::string& why) {
  return fail(ErrorKind::unavailable, "Cannot listen on " + (endpoint.address.empty() ? "port " : endpoint.address + " port ") +
                                          std::to_string(endpoint.port) + ": " + why +
                                          ". Is another server running there? Choose another with --http or --https.");
}

}  // namespace

struct Server::Impl {
  /// What happens to an accepted connection.
  struct Listener {
    ConnectionHandler handler;
    std::unique_ptr<TlsContext> tls;  ///< none: plain
  };

  /// One event loop and what lives on it; touched by its own thread alone once started.
  struct Loop {
    asio::io_context context{1};
    std::optional<asio::executor_work_guard<asio::io_context::executor_type>> guard;
    std::list<Tcp::acceptor> tcp_acceptors;
    std::list<Local::acceptor> local_acceptors;
    std::unordered_set<std::shared_ptr<Connection>> connections;
    std::thread thread;
  };

  explicit Impl(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      loops.push_back(std::make_unique<Loop>());
      loops.back()->guard.emplace(loops.back()->context.get_executor());
    }
  }

  template <class Acceptor>
  asio::awaitable<void> accept(Loop& loop, Acceptor& acceptor, const Listener& listener) {
    while (!draining) {
      boost::system::error_code wrong;
      auto socket = co_await acceptor.async_accept(asio::redirect_error(asio::use_awaitable, wrong));
      if (wrong == asio::error::operation_aborted || draining) co_return;
      if (wrong) {
        log::warning("a connection could not be accepted", {{"reason", wrong.message()}});
        asio::steady_timer pause{loop.context, kAcceptPause};
        co_await pause.async_wait(asio::use_awaitable);
        continue;
      }
      if (active >= kMostConnections) continue;
      auto peer = peer_of(socket);
      auto connection = std::make_shared<Connection>(Socket{std::move(socket)}, std::move(peer));
      ++active;
      loop.connections.insert(connection);
      asio::co_spawn(loop.context, serve(connection, listener), [this, &loop, connection](std::exception_ptr failure) {
        if (failure) {
          try {
            std::rethrow_exception(failure);
          } catch (const std::exception& error) { log::error("a connection ended by a mistake of ours", {{"reason", error.what()}}); }
        }
        loop.connections.erase(connection);
        ended();
      });
    }
  }

  asio::awaitable<void> serve(std::shared_ptr<Connection> connection, const Listener& listener) {
    std::unique_ptr<Transport> transport;
    if (listener.tls) {
      auto accepted = co_await accept_tls(std::move(connection), *listener.tls, disk);
      if (!accepted) co_return;
      transport = std::move(*accepted);
    } else {
      transport = make_plain_transport(std::move(connection), disk);
    }
    co_await listener.handler(std::move(transport));
  }

  void ended() {
    const std::lock_guard lock{mutex};
    --active;
    changed.notify_all();
  }

  Result<std::uint16_t> listen(const Endpoint& endpoint, Listener listener);

  /// On every loop, on its own thread.
  void on_each_loop(const std::function<void(Loop&)>& act) {
    for (auto& loop : loops) asio::post(loop->context, [&loop = *loop, act] { act(loop); });
  }

  std::list<Listener> listeners;
  asio::thread_pool disk{kDiskThreads};
  std::vector<std::unique_ptr<Loop>> loops;
  std::vector<std::string> socket_paths;
  std::atomic<bool> draining = false;
  std::atomic<std::size_t> active = 0;
  std::mutex mutex;
  std::condition_variable changed;
  bool started = false;
};

Server::Server(std::size_t loops) {
  if (loops == 0) loops = cores();
  impl_ = std::make_unique<Impl>(loops);
}

Server::~Server() {
  if (impl_->started) {
    drain(Within{});
    for (auto& loop : impl_->loops) loop->guard.reset();
    for (auto& loop : impl_->loops) loop->thread.join();
  }
  impl_->disk.join();
  for (const auto& path : impl_->socket_paths) ::unlink(path.c_str());
}

Result<std::uint16_t> Server::Impl::listen(const Endpoint& endpoint, Listener listener) {
  boost::system::error_code wrong;
  auto address = asio::ip::address{asio::ip::address_v6::any()};
  if (!endpoint.address.empty()) {
    address = asio::ip::make_address(endpoint.address, wrong);
    if (wrong) return cannot_listen(endpoint, "that is no address of a machine");
  }
  Tcp::acceptor first{loops.front()->context};
  const auto open = [&](const asio::ip::address& where) {
    const Tcp::endpoint at{where, endpoint.port};
    if (first.is_open()) first.close(wrong);
    first.open(at.protocol(), wrong);
    if (!wrong) first.set_option(Tcp::acceptor::reuse_address{true}, wrong);
    if (!wrong && where.is_v6()) first.set_option(asio::ip::v6_only{!endpoint.address.empty()}, wrong);
    if (!wrong) first.bind(at, wrong);
    if (!wrong) first.listen(kBacklog, wrong);
    return !wrong;
  };
  // Without IPv6 in the kernel, all addresses are those of IPv4.
  if (!open(address) && !(endpoint.address.empty() && wrong != asio::error::address_in_use && open(asio::ip::address_v4::any())))
    return cannot_listen(endpoint, wrong.message());
  const auto local = first.local_endpoint(wrong);
  if (wrong) return cannot_listen(endpoint, wrong.message());
  listeners.push_back(std::move(listener));
  for (auto& loop : loops) {
    const int copy = ::fcntl(first.native_handle(), F_DUPFD_CLOEXEC, 0);
    if (copy < 0) return cannot_listen(endpoint, errno_text(errno));
    auto& acceptor = loop->tcp_acceptors.emplace_back(loop->context, local.protocol(), copy);
    asio::co_spawn(loop->context, accept(*loop, acceptor, listeners.back()), asio::detached);
  }
  return local.port();
}

Result<std::uint16_t> Server::listen_plain(const Endpoint& endpoint, ConnectionHandler handler) {
  return impl_->listen(endpoint, {.handler = std::move(handler), .tls = nullptr});
}

Result<std::uint16_t> Server::listen_tls(const Endpoint& endpoint, const CertificateLookup& lookup, ConnectionHandler handler) {
  auto context = TlsContext::create(lookup);
  if (!context) return passed_on(context);
  return impl_->listen(endpoint, {.handler = std::move(handler), .tls = std::move(*context)});
}

Result<> Server::listen_local(const std::string& path, ConnectionHandler handler) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path)
    return fail(ErrorKind::invalid, "The path of the control socket, " + path + ", is longer than the " +
                                        std::to_string(sizeof address.sun_path - 1) + " bytes a socket may have; choose a shorter --data.");
  path.copy(address.sun_path, path.size());
  const auto* generic = reinterpret_cast<const sockaddr*>(&address);
  FileDescriptor socket{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  if (!socket) return fail_errno("make", "a control socket", errno);
  // Somebody who answers there is alive; a left-over of a dead process refuses.
  {
    const FileDescriptor probe{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    if (::connect(probe.get(), generic, sizeof address) == 0) return fail(ErrorKind::conflict, "Somebody already answers on " + path + ".");
    ::unlink(path.c_str());
  }
  // The mode is right from the first moment: nobody slips in between bind and chmod.
  const auto mask = ::umask(0177);
  const int bound = ::bind(socket.get(), generic, sizeof address);
  const int bind_error = errno;
  ::umask(mask);
  if (bound != 0) return fail_errno("listen on", path, bind_error);
  if (::listen(socket.get(), kBacklog) != 0) return fail_errno("listen on", path, errno);
  impl_->socket_paths.push_back(path);
  impl_->listeners.push_back({.handler = std::move(handler), .tls = nullptr});
  auto& loop = *impl_->loops.front();
  auto& acceptor = loop.local_acceptors.emplace_back(loop.context, Local{}, socket.release());
  asio::co_spawn(loop.context, impl_->accept(loop, acceptor, impl_->listeners.back()), asio::detached);
  return {};
}

void Server::start() {
  impl_->started = true;
  for (auto& loop : impl_->loops) loop->thread = std::thread{[&context = loop->context] { context.run(); }};
}

void Server::drain(Within within) {
  impl_->draining = true;
  impl_->on_each_loop([](Impl::Loop& loop) {
    boost::system::error_code ignored;
    for (auto& acceptor : loop.tcp_acceptors) acceptor.close(ignored);
    for (auto& acceptor : loop.local_acceptors) acceptor.close(ignored);
    for (const auto& connection : loop.connections) {
      if (connection->idle()) connection->cut();
    }
  });
  std::unique_lock lock{impl_->mutex};
  const auto none_left = [this] { return impl_->active == 0; };
  if (impl_->changed.wait_for(lock, within, none_left)) return;
  log::info("connections cut", {{"connections", impl_->active.load()}});
  lock.unlock();
  impl_->on_each_loop([](Impl::Loop& loop) {
    for (const auto& connection : loop.connections) connection->cut();
  });
  lock.lock();
  impl_->changed.wait_for(lock, kCutPatience, none_left);
}

bool Server::draining() const noexcept { return impl_->draining; }

asio::io_context& Server::main_loop() noexcept { return impl_->loops.front()->context; }

}  // namespace carillon::net
