#pragma once
// The table of certificates that listeners look names up in. Swapped at any moment; the next handshake gets the new one, no connection
// notices.

#include "acme/challenges.hpp"
#include "base/mutex.hpp"
#include "net/server.hpp"

#include <map>

namespace carillon::certs {

/// Any thread.
class CertificateTable final : public net::CertificateLookup {
 public:
  /// `challenges` answers CAs that ask for a proof inside TLS, and must live longer; none: there are no proofs.
  explicit CertificateTable(const acme::ChallengeBoard* challenges = nullptr) : challenges_{challenges} {}

  /// From now on `certificate` answers for `name` (lower case; "*.example.org" for all names one label below).
  void put(const std::string& name, std::shared_ptr<const net::CertificateForTls> certificate);
  void remove(const std::string& name);
  /// The name whose certificate clients get that name none; until it is set, the first one ever put.
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
