#pragma once
// TLS 1.2 and 1.3 by OpenSSL, directly on the socket. Only for net.

#include "base/mutex.hpp"
#include "net/connection.hpp"
#include "net/server.hpp"

#include <algorithm>
#include <list>
#include <unordered_map>

struct ssl_st;

namespace carillon::net {

inline constexpr std::chrono::seconds kHandshakeDeadline{10};
inline constexpr std::string_view kAcmeProtocol = "acme-tls/1";  ///< RFC 8737 §6.2

/// The settings of one TLS listener, and the certificates it has parsed. Any thread.
class TlsContext {
 public:
  /// Offers HTTP/2 before HTTP/1.1 if `http2`.
  static Result<std::unique_ptr<TlsContext>> create(const CertificateLookup& lookup, bool http2);
  ~TlsContext();
  [[nodiscard]] ssl_ctx_st* native() const noexcept { return context_; }

  [[nodiscard]] bool http2() const noexcept { return http2_; }

  struct Parsed;  ///< certificate chain and key as OpenSSL objects
  /// Sets the certificate of `ssl` for the name in the client hello, the challenge's if `is_challenge`; false if there is none.
  bool choose(ssl_st* ssl, std::string_view server_name, bool is_challenge);

 private:
  TlsContext(const CertificateLookup& lookup, bool http2) : lookup_{lookup}, http2_{http2} {}
  /// Whether OpenSSL accepts the certificate for this connection; it keeps one for each kind of key.
  [[nodiscard]] static bool use(ssl_st* ssl, const Parsed& certificate);
  [[nodiscard]] static bool has_expired(const Parsed& certificate);
  std::shared_ptr<const Parsed> parsed(const std::shared_ptr<const CertificateForTls>& certificate);

  const CertificateLookup& lookup_;
  const bool http2_;
  ssl_ctx_st* context_ = nullptr;
  Mutex mutex_;
  using Recent = std::list<std::pair<std::shared_ptr<const CertificateForTls>, std::shared_ptr<const Parsed>>>;
  Recent recent_ GUARDED_BY(mutex_);  ///< most recently used first
  std::unordered_map<const CertificateForTls*, Recent::iterator> by_certificate_ GUARDED_BY(mutex_);
};

/// Whether the client offers only `acme-tls/1`. `offered` is a list of protocols, each prefixed with its length (RFC 7301 §3.1).
[[nodiscard]] bool is_acme_challenge(std::string_view offered) noexcept;

/// Performs the handshake within kHandshakeDeadline. After a CA's challenge (RFC 8737 §3), the connection is closed and `refused` is
/// returned.
asio::awaitable<Result<std::unique_ptr<Transport>>> accept_tls(std::shared_ptr<Connection> connection, TlsContext& context,
                                                               asio::thread_pool& disk);

}  // namespace carillon::net
