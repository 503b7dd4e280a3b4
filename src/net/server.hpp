#pragma once
// Event loops, one per core, with their listeners: accepts connections, does TLS, passes connections to a handler, drains on request.

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

/// A certificate with its key for the listener.
struct CertificateForTls {
  std::vector<std::string> chain_der;  ///< leaf first
  std::string key_der;                 ///< PKCS#8
  /// Another certificate for the same names with another kind of key, for clients that can't use the first; null: there is none.
  std::shared_ptr<const CertificateForTls> beside{};
};

/// Selects the certificate for a server name in the client-hello callback ("" if the client sent none). Called on event loops, must not
/// block; null rejects the handshake with unrecognized_name. The result may change at any time.
class CertificateLookup {
 public:
  virtual ~CertificateLookup() = default;
  /// The pointer identifies the version: the same certificate returns the same pointer, so that parsing can be cached.
  [[nodiscard]] virtual std::shared_ptr<const CertificateForTls> certificate_for(std::string_view server_name) const = 0;
  /// The challenge response for `server_name` for a CA that offers only `acme-tls/1` (RFC 8737 §3): the handshake uses it, then the
  /// connection is closed. Null (the default): the handshake is rejected.
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

/// A bound port that isn't listening yet, so that a process can drop root in between.
class BoundPort {
 public:
  static Result<BoundPort> bind(const Endpoint& endpoint);
  [[nodiscard]] std::uint16_t port() const noexcept { return endpoint_.port; }  ///< the actually bound port (for port 0)

 private:
  friend class Server;
  BoundPort(Endpoint endpoint, FileDescriptor socket, bool v6) : endpoint_{std::move(endpoint)}, socket_{std::move(socket)}, v6_{v6} {}
  Endpoint endpoint_;
  FileDescriptor socket_;
  bool v6_;
};

/// More would need too much memory for one machine.
inline constexpr std::size_t kMaxConnections = 20'000;
/// Enough for an office or a carrier's NAT, too few to use all connections.
inline constexpr std::size_t kMaxConnectionsPerAddress = 512;
/// At the connection limit, a response without progress for this long may be cut for a new connection. A listener who paused resumes with a
/// range request.
inline constexpr std::chrono::seconds kStandstill{5};

struct ServerOptions {
  std::size_t loops = 0;                      ///< 0: one for each core this process may use
  std::size_t connections = kMaxConnections;  ///< fewer if the process can't have that many descriptors
  std::size_t connections_per_address = kMaxConnectionsPerAddress;
  std::vector<IpNetwork> exempt{};   ///< networks without the limit per address
  std::vector<IpNetwork> proxies{};  ///< networks whose PROXY headers are trusted; the limit applies to their clients instead
  std::chrono::seconds standstill = kStandstill;
  bool http2 = false;  ///< whether TLS listeners offer HTTP/2 (ALPN)
};

/// The process's event loops and listeners.
///
/// At the connection limit, a new connection is served and the longest idle one is closed: first those between requests, then those without
/// a complete request, then those whose response makes no progress. The control socket has a separate limit.
///
/// Construct, listen, start; then stop accepting and drain. Call all public functions from the thread that created it.
class Server {
 public:
  explicit Server(ServerOptions options);
  explicit Server(std::size_t loops) : Server{ServerOptions{.loops = loops}} {}
  ~Server();  ///< cuts remaining connections, joins all loops

  /// Each returns the actually bound port (for port 0).
  Result<std::uint16_t> listen_plain(const Endpoint& endpoint, ConnectionHandler handler);
  Result<std::uint16_t> listen_plain(BoundPort port, ConnectionHandler handler);
  Result<std::uint16_t> listen_tls(const Endpoint& endpoint, const CertificateLookup& lookup, ConnectionHandler handler);
  Result<std::uint16_t> listen_tls(BoundPort port, const CertificateLookup& lookup, ConnectionHandler handler);
  /// A Unix socket with mode 0600; replaces one left by a dead process.
  Result<> listen_local(const std::string& path, ConnectionHandler handler);

  void start();
  /// Stops accepting. Idle connections are closed immediately (their reads fail); those with a response finish it. Returns when none is
  /// left or after `within`; then the rest is cut. Handlers see `draining()`.
  void drain(Within within);
  [[nodiscard]] bool draining() const noexcept;
  /// The slots of each address, for clients that are only identified by their requests. Any thread.
  [[nodiscard]] AddressLimits& address_limits() noexcept;
  /// Connections that may be open at the same time.
  [[nodiscard]] std::size_t most_connections() const noexcept;
  /// Since the start, and now. Any thread.
  struct Counts {
    std::size_t open = 0;                 ///< connections at the ports
    std::uint64_t accepted = 0;           ///< at the ports
    std::uint64_t refused = 0;            ///< closed immediately: too many, or too many from one address
    std::uint64_t failed_handshakes = 0;  ///< of TLS
  };
  [[nodiscard]] Counts counts() const noexcept;
  /// For background coroutines (jobs, timers) on the first loop.
  [[nodiscard]] asio::io_context& main_loop() noexcept;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace carillon::net
