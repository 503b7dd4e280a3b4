#pragma once
// The table in which listeners look up certificates. Can be changed at any time; the next handshake gets the new certificate, existing
// connections aren't affected.

#include "acme/challenges.hpp"
#include "base/mutex.hpp"
#include "net/server.hpp"

#include <map>
#include <set>
#include <vector>

namespace carillon::certs {

/// Any thread.
class CertificateTable final : public net::CertificateLookup {
 public:
  /// `challenges` has the responses for TLS-ALPN-01 and must outlive it; none: there are no challenges.
  explicit CertificateTable(const acme::ChallengeBoard* challenges = nullptr) : challenges_{challenges} {}

  /// From now on `certificate` is served for `name` (lower case; "*.example.org" for all names one label below). `owner` is what is managed
  /// and has this certificate: the name itself, or its group.
  void put(const std::string& name, std::shared_ptr<const net::CertificateForTls> certificate, const std::string& owner);
  void put(const std::string& name, std::shared_ptr<const net::CertificateForTls> certificate) { put(name, std::move(certificate), name); }
  /// From now on clients that can't use the certificate of `host` get this one, which has an RSA key. If `host` has only this one, all
  /// clients get it. `owner` is the managed name that has it (rsa_mark.hpp).
  void put_rsa(const std::string& host, std::shared_ptr<const net::CertificateForTls> certificate, const std::string& owner);
  /// Removes everything that belongs to `owner`, except for the names in `kept`.
  void remove(const std::string& owner, const std::vector<std::string>& kept = {});
  /// What is served for `name` belongs to `owner` from now on. Without effect if nothing is served.
  void hand_over(const std::string& name, const std::string& owner);
  [[nodiscard]] bool has(const std::string& name) const;
  /// To whom what is served for `name` belongs; "" if nothing is served.
  [[nodiscard]] std::string owner_of(const std::string& name) const;
  /// The name whose certificate clients without SNI get; until it is set, the first one that was put. But if there's a certificate for
  /// exactly one IP address, they get that one, because clients that know a name send it; behind NAT, the address isn't that of a socket.
  void set_default(const std::string& name);
  [[nodiscard]] std::shared_ptr<const net::CertificateForTls> certificate_for(std::string_view server_name) const override;
  [[nodiscard]] std::shared_ptr<const net::CertificateForTls> challenge_for(std::string_view server_name) const override;
  [[nodiscard]] std::size_t size() const;

 private:
  const acme::ChallengeBoard* challenges_;
  mutable Mutex mutex_;
  struct Entry {
    std::shared_ptr<const net::CertificateForTls> certificate;
    std::string owner;
  };
  /// What is served for `name`, after one of its certificates has changed.
  void combine(const std::string& name) REQUIRES(mutex_);
  std::map<std::string, Entry, std::less<>> certificates_ GUARDED_BY(mutex_);
  std::map<std::string, Entry, std::less<>> rsa_ GUARDED_BY(mutex_);  ///< by host
  /// Both certificates of the hosts that have two.
  std::map<std::string, std::shared_ptr<const net::CertificateForTls>, std::less<>> combined_ GUARDED_BY(mutex_);
  std::string default_name_ GUARDED_BY(mutex_);
  std::set<std::string> addresses_ GUARDED_BY(mutex_);  ///< the IP addresses among the names
};

}  // namespace carillon::certs
