#pragma once
// What we answer when a CA asks for proof: HTTP-01 on the plain port, TLS-ALPN-01 inside the TLS listener.

#include "net/server.hpp"

#include <map>
#include <mutex>
#include <optional>

namespace carillon::acme {

/// The proofs that are out just now. Any thread.
class ChallengeBoard {
 public:
  /// From now on `token` answers with `key_authorization` (RFC 8555 §8.3), and a TLS client that offers `acme-tls/1` for `name` gets a
  /// self-signed certificate with the digest of it (RFC 8737 §3).
  Result<> put(const std::string& name, const std::string& token, const std::string& key_authorization);
  void remove(const std::string& token);
  void withdraw(const std::string& name);  ///< every proof for `name`

  [[nodiscard]] std::optional<std::string> http_answer(std::string_view token) const;
  [[nodiscard]] std::shared_ptr<const net::CertificateForTls> tls_answer(std::string_view name) const;

 private:
  struct Proof {
    std::string name;
    std::string key_authorization;
    std::shared_ptr<const net::CertificateForTls> certificate;
  };
  mutable std::mutex mutex_;
  std::map<std::string, Proof, std::less<>> by_token_;
};

}  // namespace carillon::acme
