#pragma once
// Event loops, one a core, and listeners on them: accepts, does TLS, hands each connection to a handler, drains on request.

#include "base/file.hpp"
#include "net/address_limits.hpp"
#include "net/transport.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace boost::asio {
class io_context;
}
struct ssl_ctx_st;

namespace carillon::net {

/// A certificate with its key as the listener needs it.
struct CertificateForTls {
  std::vector<std::string> chain_der;  ///< leaf first
  std::string key_der;                 ///< PKCS#8
};

/// The hook of the client-hello callback: which certificate for this server name ("" when the client named none)?
/// Called on event loops, must not block; null refuses the handshake with unrecognized_name. What it answers may change at any moment.
class CertificateLookup {
 public:
  virtual ~CertificateLookup() = default;
  /// The pointer's identity is the version: the same certificate answers the same pointer, so parsing is cached behind it.
  [[nodiscard]] virtual std::shared_ptr<const CertificateForTls> certificate_for(std::string_view server_name) const = 0;
  /// What proves `server_name` to a CA that offers `acme-tls/1` and nothing else (RFC 8737 §3): the handshake is made with it and the
  /// connection ends there. Null, as unless overridden: the handshake is refused.
  [[nodiscard]] virtual std::shared_ptr<const CertificateForTls> challenge_for(std::string_view server_name) const;
};

/// Serves one accepted connection until it ends. Owned and joined by the Server.
using ConnectionHandler = std::function<asio::awaitable<void>(std::unique_ptr<Transport>)>;

/// "0.0.0.0:8080", "[::]:443", ":8080" (all addresses, both families).
struct Endpoint {
  std::string address;
  std::uint16_t port = 0;
  [[nodiscard]] static Result<Endpoint> parse(std::string_view text);
};

/// A port that is taken but not listened on yet, so that a process can give up root in between.
class BoundPort {
 public:
  static Result<BoundPort> bind(const Endpoint& endpoint);
  [[nodiscard]] std::uint16_t port() const noexcept { return endpoint_.port; }  ///< the one really bound (for port 0)

 private:
  friend class Server;
  BoundPort(Endpoint endpoint, FileDescriptor socket, bool v6) : endpoint_{std::move(endpoint)}, socket_{std::move(socket)}, v6_{v6} {}
  Endpoint endpoint_;
  FileDescriptor socket_;
  bool v6_;
};

/// More cost memory, and nobody has ever needed them on one machine.
inline constexpr std::size_t kMaxConnections = 20'000;
/// Enough for an office or a carrier's NAT, too little to take all places.
inline constexpr std::size_t kMaxConnectionsPerAddress = 512;
/// An answer that has not moved for so long may be cut for a newcomer, at the limit alone. A listener who paused resumes with a range.
inline constexpr std::chrono::seconds kStandstill{5};

struct ServerOptions {
  std::size_t loops = 0;                      ///< 0: one for each core this process may use
  std::size_t connections = kMaxConnections;  ///< fewer where the process may not hold that many descriptors
  std::size_t connections_per_address = kMaxConnectionsPerAddress;
  std::vector<IpNetwork> exempt{};   ///< networks that the limit per address does not hold for
  std::vector<IpNetwork> proxies{};  ///< networks whose PROXY heads are believed; the limit holds for their clients instead
  std::chrono::seconds standstill = kStandstill;
};

/// The process's event loops and listeners.
///
/// At the limit of connections a new one is served and the longest idle one ends: first those between requests, then those that have not
/// said a whole request yet, then those whose answer stands still. The control socket has a limit of its own.
///
/// Construct, listen, start; then stop accepting and drain. All public functions from the thread that made it.
class Server {
 public:
  explicit Server(ServerOptions options);
  explicit Server(std::size_t loops) : Server{ServerOptions{.loops = loops}} {}
  ~Server();  ///< cuts what is left, joins every loop

  /// Each answers the port really bound (for port 0).
  Result<std::uint16_t> listen_plain(const Endpoint& endpoint, ConnectionHandler handler);
  Result<std::uint16_t> listen_plain(BoundPort port, ConnectionHandler handler);
  Result<std::uint16_t> listen_tls(const Endpoint& endpoint, const CertificateLookup& lookup, ConnectionHandler handler);
  Result<std::uint16_t> listen_tls(BoundPort port, const CertificateLookup& lookup, ConnectionHandler handler);
  /// A unix socket with mode 0600; a left-over of a dead process is replaced.
  Result<> listen_local(const std::string& path, ConnectionHandler handler);

  void start();
  /// Stops accepting. Idle connections end at once (their reads fail); those inside an answer finish it. Returns when none is left or
  /// `within` is over; then the rest is cut. Handlers see `draining()`.
  void drain(Within within);
  [[nodiscard]] bool draining() const noexcept;
  /// What each address holds, for those who learn of a client only from its request. Any thread.
  [[nodiscard]] AddressLimits& address_limits() noexcept;
  /// Connections that may be open at the same time.
  [[nodiscard]] std::size_t most_connections() const noexcept;
  /// Since the start, and now. Any thread.
  struct Counts {
    std::size_t open = 0;                 ///< connections at the ports
    std::uint64_t accepted = 0;           ///< at the ports
    std::uint64_t refused = 0;            ///< closed at once: too many, or too many of one address
    std::uint64_t failed_handshakes = 0;  ///< of TLS
  };
  [[nodiscard]] Counts counts() const noexcept;
  /// For background coroutines (jobs, timers) that live on the first loop.
  [[nodiscard]] asio::io_context& main_loop() noexcept;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace carillon::net
