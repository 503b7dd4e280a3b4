// See server.hpp. A listening socket is bound once and duplicated into every loop; whichever loop accepts a connection keeps it for good.

#include "net/server.hpp"

#include "base/mutex.hpp"
#include "base/rare_line.hpp"
#include "net/bound_port.hpp"
#include "net/housekeeping.hpp"
#include "net/plain_transport.hpp"
#include "net/proxied.hpp"
#include "net/roster.hpp"
#include "net/tls.hpp"

#include <boost/asio/dispatch.hpp>
#include <boost/asio/thread_pool.hpp>

#include <fcntl.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <list>
#include <optional>
#include <thread>

namespace carillon::net {
namespace {

constexpr int kBacklog = 1024;
/// After a failed accept the next try waits this long instead of spinning.
constexpr std::chrono::milliseconds kAcceptPause{100};
/// A connection that was cut is gone within a turn of its loop.
constexpr std::chrono::milliseconds kRoomPause{1};
/// So many may be open beyond the limit while those that were cut for them end.
constexpr std::size_t kOvershoot = 64;
/// How often room is waited for before the next connection is accepted all the same: a handler may hold one that was cut.
constexpr int kRoomPauses = 50;
/// Connections of the control socket: commands, and whoever reads events. Nothing that comes from outside takes these.
constexpr std::size_t kMaxLocalConnections = 256;
/// Of the descriptors a quarter, and at most this many, is left to the database, the disk, outgoing connections and the control socket …
constexpr std::size_t kMaxReserve = 5'000;
/// … and this many even when every connection has a file open.
constexpr std::size_t kLastReserve = 128;
constexpr std::chrono::seconds kHousekeepingEvery{10};
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

/// Where nothing of what we know of the process helps, this much is safe (POSIX's usual soft limit).
constexpr std::size_t kUsualDescriptors = 1024;

std::size_t descriptors_allowed() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return kUsualDescriptors;
  return limit.rlim_cur;
}

bool is_out_of_descriptors(const boost::system::error_code& wrong) {
  return wrong == boost::system::errc::too_many_files_open || wrong == boost::system::errc::too_many_files_open_in_system;
}

/// Given up when no descriptor is left, so that a waiting client can be taken and told to go.
FileDescriptor spare_descriptor() { return FileDescriptor{::open("/dev/null", O_RDONLY | O_CLOEXEC)}; }

Peer peer_of(Local::socket& socket) {
  Peer peer{.address = {}, .port = 0, .local_socket = true};
  ucred credentials{};
  socklen_t length = sizeof credentials;
  if (::getsockopt(socket.native_handle(), SOL_SOCKET, SO_PEERCRED, &credentials, &length) == 0) peer.user = credentials.uid;
  return peer;
}

/// The cores this process may run on: taskset, a service's CPUAffinity or a container may leave it fewer than the machine has, and two
/// loops on one core only get in each other's way.
std::size_t cores() {
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  if (::sched_getaffinity(0, sizeof allowed, &allowed) == 0) return static_cast<std::size_t>(std::max(1, CPU_COUNT(&allowed)));
  return std::max(1U, std::thread::hardware_concurrency());  // a machine with more cores than the set holds
}

}  // namespace

struct Server::Impl {
  /// Connections that share a limit.
  struct Pool {
    std::size_t most;
    std::atomic<std::size_t> active = 0;
  };

  /// One event loop and what lives on it; touched by its own thread alone once started.
  struct Loop {
    asio::io_context context{1};
    std::optional<asio::executor_work_guard<asio::io_context::executor_type>> guard;
    std::list<Tcp::acceptor> tcp_acceptors;
    std::list<Local::acceptor> local_acceptors;
    Roster connections;        ///< of the ports
    Roster local_connections;  ///< of the control socket
    std::thread thread;
  };

  /// What happens to an accepted connection.
  struct Listener {
    ConnectionHandler handler;
    std::unique_ptr<TlsContext> tls{};  ///< none: plain
    Pool* pool;
    Roster Loop::* roster;
  };

  explicit Impl(ServerOptions given)
      : options{std::move(given)}, limits{options.connections_per_address, options.exempt}, descriptors{descriptors_allowed()} {
    ports.most = std::max<std::size_t>(1, std::min(options.connections, descriptors - std::min(descriptors / 4, kMaxReserve)));
    if (options.loops == 0) options.loops = cores();
    for (std::size_t i = 0; i < options.loops; ++i) {
      loops.push_back(std::make_unique<Loop>());
      loops.back()->guard.emplace(loops.back()->context.get_executor());
    }
    housekeeping.emplace(first_loop());
  }

  template <class Acceptor>
  asio::awaitable<void> accept(Loop& loop, Acceptor& acceptor, const Listener& listener) {
    auto& pool = *listener.pool;
    while (!draining) {
      co_await room(loop, pool);
      boost::system::error_code wrong;
      auto socket = co_await acceptor.async_accept(asio::redirect_error(asio::use_awaitable, wrong));
      if (wrong == asio::error::operation_aborted || draining) co_return;
      if (wrong) {
        if (is_out_of_descriptors(wrong))
          co_await make_descriptors(loop, acceptor.native_handle(), listener.roster);
        else {
          not_accepted.note(wrong.message());
          co_await pause(loop, kAcceptPause);
        }
        continue;
      }
      auto peer = peer_of(socket);
      auto slot = slot_for(peer);
      if (!slot) {
        ++refused;
        continue;
      }
      const bool full = pool.active >= pool.most ||
                        (&pool == &ports && pool.active + exchanging() + std::min(kLastReserve, descriptors / 4) > descriptors);
      if (full && !make_room(listener.roster)) {
        turned_away.note("all connections are busy");
        ++refused;
        continue;
      }
      auto connection = std::make_shared<Connection>(Socket{std::move(socket)}, std::move(peer), std::move(*slot));
      ++pool.active;
      ++active;
      if (&pool == &ports) ++accepted;
      auto& roster = loop.*listener.roster;
      roster.add(connection);
      asio::co_spawn(loop.context, serve(connection, listener), [this, &roster, &pool, connection](const std::exception_ptr& failure) {
        if (failure) {
          try {
            std::rethrow_exception(failure);
          } catch (const std::exception& error) {
            log::error("unhandled exception while serving a connection", {{"reason", error.what()}});
          }
        }
        roster.remove(*connection);
        --pool.active;
        ended();
      });
    }
  }

  /// The place of a new connection among those of its address; none when that holds too many. A proxy's are counted for its clients.
  std::optional<AddressLimits::Slot> slot_for(const Peer& peer) {
    if (peer.local_socket) return AddressLimits::Slot{};
    const auto address = IpAddress::parse(peer.address, IpAddress::Zone::dropped);
    if (!address) return std::nullopt;  // gone before it was looked at
    if (is_in(options.proxies, *address)) return AddressLimits::Slot{};
    auto slot = limits.take(*address);
    if (!slot) too_many_of_one.note(region_of(*address));
    return slot;
  }

  /// Ends the connection that can best be missed, on whichever loop it is; false when every one of them is being answered.
  bool make_room(Roster Loop::* roster) {
    for (const auto line : {Roster::Line::idle, Roster::Line::arriving, Roster::Line::exchange}) {
      Loop* where = nullptr;
      auto longest = Roster::Clock::time_point::max();
      for (const auto& loop : loops) {
        if (const auto since = ((*loop).*roster).longest_in(line); since < longest) longest = since, where = loop.get();
      }
      if (where == nullptr) continue;
      if (line == Roster::Line::exchange && Roster::Clock::now() - longest < options.standstill) return false;
      cut_for_others.note("");
      asio::dispatch(where->context, [where, roster, line] {
        // It may have begun something meanwhile; whoever is next in need of nothing goes instead.
        if (!(where->*roster).cut_longest_in(line)) (where->*roster).cut_longest_in(Roster::Line::arriving);
      });
      return true;
    }
    return false;
  }

  /// Waits, for a moment, until those that were cut for others have ended.
  asio::awaitable<void> room(Loop& loop, const Pool& pool) {
    for (int waited = 0; pool.active >= pool.most + kOvershoot && waited < kRoomPauses && !draining; ++waited)
      co_await pause(loop, kRoomPause);
  }

  /// There is no descriptor for a client that waits: somebody makes room for it, or it is told to go.
  asio::awaitable<void> make_descriptors(Loop& loop, int acceptor, Roster Loop::* roster) {
    out_of_descriptors.note(std::to_string(active.load()) + " connections");
    if (make_room(roster)) {
      co_await pause(loop, kRoomPause);
      co_return;
    }
    {
      const Lock lock{mutex};
      spare.reset();
      const FileDescriptor turned{::accept4(acceptor, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK)};
    }
    {
      const Lock lock{mutex};
      spare = spare_descriptor();
    }
    co_await pause(loop, kAcceptPause);
  }

  asio::awaitable<void> pause(Loop& loop, std::chrono::milliseconds length) {
    asio::steady_timer timer{loop.context, length};
    boost::system::error_code ignored;
    co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }

  [[nodiscard]] std::size_t exchanging() const {
    std::size_t all = 0;
    for (const auto& loop : loops) all += loop->connections.exchanging();
    return all;
  }

  asio::awaitable<void> serve(std::shared_ptr<Connection> connection, const Listener& listener) {
    if (!options.proxies.empty() && !connection->peer().local_socket) {
      const auto address = IpAddress::parse(connection->peer().address, IpAddress::Zone::dropped);
      if (address && is_in(options.proxies, *address)) {
        const auto begun = co_await begin_proxied(*connection, limits);
        if (!begun) {
          proxied_badly.note(begun.error().message);
          co_return;
        }
      }
    }
    std::unique_ptr<Transport> transport;
    if (listener.tls) {
      auto shaken = co_await accept_tls(std::move(connection), *listener.tls, disk);
      if (!shaken) {
        // A CA's challenge is none, and neither is a client that said nothing.
        if (shaken.error().kind == ErrorKind::invalid) ++failed_handshakes;
        co_return;
      }
      transport = std::move(*shaken);
    } else {
      transport = make_plain_transport(std::move(connection), disk);
    }
    co_await listener.handler(std::move(transport));
  }

  void ended() {
    const Lock lock{mutex};
    --active;
    changed.notify_all();
  }

  /// What is due now and then, until the drain.
  asio::awaitable<void> keep_house() {
    MemoryGiver memory;
    boost::system::error_code ignored;
    while (!draining) {
      housekeeping->expires_after(kHousekeepingEvery);
      co_await housekeeping->async_wait(asio::redirect_error(asio::use_awaitable, ignored));
      for (auto* line : {&not_accepted, &turned_away, &cut_for_others, &too_many_of_one, &out_of_descriptors, &proxied_badly})
        line->flush();
      if (memory.is_due(active)) asio::post(disk, [] { MemoryGiver::give_back(); });
    }
  }

  Result<std::uint16_t> listen(BoundPort port, int socket, bool v6, ConnectionHandler handler, std::unique_ptr<TlsContext> tls);

  asio::io_context& first_loop() noexcept { return loops.front()->context; }

  /// On every loop, on its own thread.
  void on_each_loop(const std::function<void(Loop&)>& act) {
    for (auto& loop : loops) asio::post(loop->context, [&loop = *loop, act] { act(loop); });
  }

  ServerOptions options;
  AddressLimits limits;
  const std::size_t descriptors;
  Pool ports{.most = kMaxConnections}, local{.most = kMaxLocalConnections};
  log::RareLine not_accepted{log::Level::warning, "a connection could not be accepted"};
  log::RareLine turned_away{log::Level::warning, "a connection was closed: too many are open"};
  log::RareLine cut_for_others{log::Level::warning, "the longest-idle connection was closed: too many are open"};
  log::RareLine too_many_of_one{log::Level::warning,
                                "a connection was closed: its address has too many open ([limits] connections_per_address)"};
  log::RareLine out_of_descriptors{log::Level::error, "out of file descriptors for new connections"};
  log::RareLine proxied_badly{log::Level::warning, "a connection from a trusted proxy was closed"};
  std::list<Listener> listeners;
  asio::thread_pool disk{kDiskThreads};
  std::vector<std::unique_ptr<Loop>> loops;
  std::optional<asio::steady_timer> housekeeping;
  FileDescriptor spare = spare_descriptor();
  std::vector<std::string> socket_paths;
  std::atomic<bool> draining = false;
  std::atomic<std::size_t> active = 0;  ///< of all pools
  std::atomic<std::uint64_t> accepted = 0, refused = 0, failed_handshakes = 0;
  Mutex mutex;
  Condition changed;
  bool started = false;
};

Server::Server(ServerOptions options) : impl_{std::make_unique<Impl>(std::move(options))} {}

Server::~Server() {
  if (impl_->started) {
    drain(Within{});
    for (auto& loop : impl_->loops) loop->guard.reset();
    for (auto& loop : impl_->loops) loop->thread.join();
  }
  impl_->disk.join();
  for (const auto& path : impl_->socket_paths) ::unlink(path.c_str());
}

Result<std::uint16_t> Server::Impl::listen(BoundPort port, int socket, bool v6, ConnectionHandler handler,
                                           std::unique_ptr<TlsContext> tls) {
  const Endpoint endpoint{.address = {}, .port = port.port()};
  // Of two that have bound the same port, which SO_REUSEADDR allows, only one can listen.
  if (::listen(socket, kBacklog) != 0) return cannot_listen(endpoint, errno_text(errno));
  listeners.push_back({.handler = std::move(handler), .tls = std::move(tls), .pool = &ports, .roster = &Loop::connections});
  for (auto& loop : loops) {
    const int copy = ::fcntl(socket, F_DUPFD_CLOEXEC, 0);
    if (copy < 0) return cannot_listen(endpoint, errno_text(errno));
    auto& acceptor = loop->tcp_acceptors.emplace_back(loop->context, v6 ? Tcp::v6() : Tcp::v4(), copy);
    asio::co_spawn(loop->context, accept(*loop, acceptor, listeners.back()), asio::detached);
  }
  return port.port();
}

Result<std::uint16_t> Server::listen_plain(const Endpoint& endpoint, ConnectionHandler handler) {
  auto port = BoundPort::bind(endpoint);
  if (!port) return forward_error(port);
  return listen_plain(std::move(*port), std::move(handler));
}

Result<std::uint16_t> Server::listen_plain(BoundPort port, ConnectionHandler handler) {
  const int socket = port.socket_.get();
  const bool v6 = port.v6_;
  return impl_->listen(std::move(port), socket, v6, std::move(handler), nullptr);
}

Result<std::uint16_t> Server::listen_tls(const Endpoint& endpoint, const CertificateLookup& lookup, ConnectionHandler handler) {
  auto port = BoundPort::bind(endpoint);
  if (!port) return forward_error(port);
  return listen_tls(std::move(*port), lookup, std::move(handler));
}

Result<std::uint16_t> Server::listen_tls(BoundPort port, const CertificateLookup& lookup, ConnectionHandler handler) {
  auto context = TlsContext::create(lookup, impl_->options.http2);
  if (!context) return forward_error(context);
  const int socket = port.socket_.get();
  const bool v6 = port.v6_;
  return impl_->listen(std::move(port), socket, v6, std::move(handler), std::move(*context));
}

Result<> Server::listen_local(const std::string& path, ConnectionHandler handler) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path)
    return fail(ErrorKind::invalid, "The path of the control socket is too long: " + path + ". A socket path can have at most " +
                                        std::to_string(sizeof address.sun_path - 1) +
                                        " bytes. Choose a data folder with a shorter path (--data).");
  path.copy(address.sun_path, path.size());
  const auto* generic = reinterpret_cast<const sockaddr*>(&address);
  FileDescriptor socket{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  if (!socket) return fail_errno("create", "a control socket", errno);
  // Somebody who answers there is alive; a left-over of a dead process refuses.
  {
    const FileDescriptor probe{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    if (probe && ::connect(probe.get(), generic, sizeof address) == 0)
      return fail(ErrorKind::conflict, "Another process is already listening on " + path + ".");
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
  impl_->listeners.push_back(
      {.handler = std::move(handler), .tls = nullptr, .pool = &impl_->local, .roster = &Impl::Loop::local_connections});
  auto& loop = *impl_->loops.front();
  auto& acceptor = loop.local_acceptors.emplace_back(loop.context, Local{}, socket.release());
  asio::co_spawn(loop.context, impl_->accept(loop, acceptor, impl_->listeners.back()), asio::detached);
  return {};
}

void Server::start() {
  impl_->started = true;
  asio::co_spawn(impl_->loops.front()->context, impl_->keep_house(), asio::detached);
  for (auto& loop : impl_->loops) loop->thread = std::thread{[&context = loop->context] { context.run(); }};
}

void Server::drain(Within within) {
  impl_->draining = true;
  impl_->on_each_loop([](Impl::Loop& loop) {
    boost::system::error_code ignored;
    for (auto& acceptor : loop.tcp_acceptors) acceptor.close(ignored);
    for (auto& acceptor : loop.local_acceptors) acceptor.close(ignored);
    loop.connections.cut(true);
    loop.local_connections.cut(true);
  });
  asio::post(impl_->first_loop(), [this] { impl_->housekeeping->cancel(); });
  Lock lock{impl_->mutex};
  const auto none_left = [this] { return impl_->active == 0; };
  if (impl_->changed.wait_for(lock, within, none_left)) return;
  log::info("closing the remaining connections", {{"connections", impl_->active.load()}});
  lock.unlock();
  impl_->on_each_loop([](Impl::Loop& loop) {
    loop.connections.cut(false);
    loop.local_connections.cut(false);
  });
  lock.lock();
  impl_->changed.wait_for(lock, kCutPatience, none_left);
}

bool Server::draining() const noexcept { return impl_->draining; }

asio::io_context& Server::main_loop() noexcept { return impl_->first_loop(); }

AddressLimits& Server::address_limits() noexcept { return impl_->limits; }

std::size_t Server::most_connections() const noexcept { return impl_->ports.most; }

Server::Counts Server::counts() const noexcept {
  return {
      .open = impl_->ports.active, .accepted = impl_->accepted, .refused = impl_->refused, .failed_handshakes = impl_->failed_handshakes};
}

}  // namespace carillon::net
