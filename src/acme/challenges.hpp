#pragma once
// What we answer when a CA asks for proof: HTTP-01 on the plain port, TLS-ALPN-01 inside the TLS listener.

#include "base/mutex.hpp"
#include "net/server.hpp"

#include <cstdint>
#include <map>
#include <optional>

namespace carillon::acme {

/// The certificate that proves `name` over TLS-ALPN-01 (RFC 8737 §3): self-signed, for `name` alone (a DNS name or an IP address, RFC 8738
/// §6), with the SHA-256 of `key_authorization` in a critical acmeIdentifier. Its key is P-256 and new. `invalid` when `name` is none.
[[nodiscard]] Result<net::CertificateForTls> make_challenge_certificate(const std::string& name, const std::string& key_authorization);

/// The proofs that are out just now. Any thread.
class ChallengeBoard {
 public:
  /// From now on `token` answers with `key_authorization` (RFC 8555 §8.3), and a TLS client that offers `acme-tls/1` for `name` gets a
  /// self-signed certificate with the digest of it (RFC 8737 §3). An IP address is asked for by its reverse name (RFC 8738 §6).
  /// The last proof put for a name is the one that TLS answers.
  Result<> put(const std::string& name, const std::string& token, const std::string& key_authorization);
  void remove(const std::string& token);
  void withdraw(const std::string& name);  ///< every proof for `name`

  /// None when no such proof is out.
  [[nodiscard]] std::optional<std::string> http_answer(std::string_view token) const;
  /// Null when no proof for `name` is out. Names compare without case.
  [[nodiscard]] std::shared_ptr<const net::CertificateForTls> tls_answer(std::string_view name) const;

 private:
  struct Proof {
    std::string server_name;  ///< what a TLS client names, lower case
    std::uint64_t order = 0;  ///< the later one is the one that counts
    std::string key_authorization;
    std::shared_ptr<const net::CertificateForTls> certificate;
  };
  mutable Mutex mutex_;
  std::map<std::string, Proof, std::less<>> by_token_ GUARDED_BY(mutex_);
  std::uint64_t put_ GUARDED_BY(mutex_) = 0;
};

}  // namespace carillon::acme
