#pragma once
// The table of certificates that listeners look names up in. Swapped at any moment; the next handshake gets the new one, no connection notices.

#include "net/server.hpp"

#include <map>
#include <mutex>

namespace carillon::certs {

/// Any thread.
class CertificateTable final : public net::CertificateLookup {
 public:
  /// From now on `certificate` answers for `name` (lower case; "*.example.org" for all names one label below). The first name ever put is the default for
  /// clients that name none.
  void put(const std::string& name, std::shared_ptr<const net::CertificateForTls> certificate);
  void remove(const std::string& name);
  [[nodiscard]] std::shared_ptr<const net::CertificateForTls> certificate_for(std::string_view server_name) const override;

 private:
  mutable std::mutex mutex_;
  std::map<std::string, std::shared_ptr<const net::CertificateForTls>, std::less<>> certificates_;
  std::string default_name_;
};

}  // namespace carillon::certs
