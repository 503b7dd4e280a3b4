#pragma once
// Responses to a CA's challenges: HTTP-01 on the plain port, TLS-ALPN-01 in the TLS listener.

#include "base/mutex.hpp"
#include "net/server.hpp"

#include <cstdint>
#include <map>
#include <optional>

namespace carillon::acme {

/// The certificate that proves `name` over TLS-ALPN-01 (RFC 8737 §3): self-signed, for `name` alone (a DNS name or an IP address, RFC 8738
/// §6), with the SHA-256 of `key_authorization` in a critical acmeIdentifier. Its key is a new P-256 key. `invalid` if `name` isn't a valid
/// name.
[[nodiscard]] Result<net::CertificateForTls> make_challenge_certificate(const std::string& name, const std::string& key_authorization);

/// The currently published challenge responses. Any thread.
class ChallengeBoard {
 public:
  /// From now on `token` responds with `key_authorization` (RFC 8555 §8.3), and a TLS client that offers `acme-tls/1` for `name` gets a
  /// self-signed certificate with the digest of it (RFC 8737 §3). IP addresses are requested by their reverse names (RFC 8738 §6). TLS
  /// serves the response that was put last for a name.
  Result<> put(const std::string& name, const std::string& token, const std::string& key_authorization);
  void remove(const std::string& token);
  void withdraw(const std::string& name);  ///< all responses for `name`

  /// None if there is no such response.
  [[nodiscard]] std::optional<std::string> http_answer(std::string_view token) const;
  /// Null if there is no response for `name`. Names are compared without case.
  [[nodiscard]] std::shared_ptr<const net::CertificateForTls> tls_answer(std::string_view name) const;

 private:
  struct Proof {
    std::string server_name;  ///< the server name that a TLS client sends, lower case
    std::uint64_t order = 0;  ///< the later one takes precedence
    std::string key_authorization;
    std::shared_ptr<const net::CertificateForTls> certificate;
  };
  mutable Mutex mutex_;
  std::map<std::string, Proof, std::less<>> by_token_ GUARDED_BY(mutex_);
  std::uint64_t put_ GUARDED_BY(mutex_) = 0;
};

}  // namespace carillon::acme
