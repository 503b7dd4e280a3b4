#pragma once
// The table in which listeners look up certificates. Can be changed at any time; the next handshake gets the new certificate, existing
// connections aren't affected.

#include "acme/challenges.hpp"
#include "base/mutex.hpp"
#include "net/server.hpp"

#include <map>

namespace carillon::certs {

/// Any thread.
class CertificateTable final : public net::CertificateLookup {
 public:
  /// `challenges` has the responses for TLS-ALPN-01 and must outlive it; none: there are no challenges.
  explicit CertificateTable(const acme::ChallengeBoard* challenges = nullptr) : challenges_{challenges} {}

  /// From now on `certificate` is served for `name` (lower case; "*.example.org" for all names one label below).
  void put(const std::string& name, std::shared_ptr<const net::CertificateForTls> certificate);
  void remove(const std::string& name);
  /// The name whose certificate clients without SNI get; until it is set, the first one that was put.
  void set_default(const std::string& name);
  [[nodiscard]] std::shared_ptr<const net::CertificateForTls> certificate_for(std::string_view server_name) const override;
  [[nodiscard]] std::shared_ptr<const net::CertificateForTls> challenge_for(std::string_view server_name) const override;
  [[nodiscard]] std::size_t size() const;

 private:
  const acme::ChallengeBoard* challenges_;
  mutable Mutex mutex_;
  std::map<std::string, std::shared_ptr<const net::CertificateForTls>, std::less<>> certificates_ GUARDED_BY(mutex_);
  std::string default_name_ GUARDED_BY(mutex_);
};

}  // namespace carillon::certs
