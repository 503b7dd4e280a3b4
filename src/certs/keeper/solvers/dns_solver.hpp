#pragma once
// Proofs in DNS: DNS-01 (RFC 8555 §8.4).

#include "base/mutex.hpp"
#include "base/time.hpp"
#include "certs/dns_proof/places.hpp"
#include "certs/dns_proof/provider.hpp"
#include "certs/keeper/solvers/solver.hpp"

#include <map>
#include <set>

namespace carillon::certs {

inline constexpr std::string_view kDns01 = "dns-01";

/// A proof is the text "dns-01 RECORD KEY-AUTHORIZATION". RECORD is where the TXT record was added, even if aliases change later.
class DnsSolver final : public Solver {
 public:
  /// `texts_at` asks a name server whether it has a record yet.
  DnsSolver(std::vector<DnsProviderSettings> settings, dns::Resolver& resolver, const Clock& clock, TextsAt texts_at = texts_at_servers());
  /// Kills running hooks.
  void stop() { stopping_.request_stop(); }

  /// Whether there is any provider at all.
  [[nodiscard]] bool is_configured() const noexcept { return !settings_.empty(); }
  /// Whether a provider is configured for the name itself; aliases may lead to others.
  [[nodiscard]] bool serves(std::string_view name) const;

  [[nodiscard]] bool solves(std::string_view type) const override { return type == kDns01; }
  [[nodiscard]] Result<> check(const std::string& name) override;
  [[nodiscard]] Result<std::string> plan(const std::string& name, const std::string& key_authorization) override;
  [[nodiscard]] bool covers(std::string_view proof, std::string_view key_authorization) const override;
  [[nodiscard]] Result<bool> present(const std::string& name, const std::string& proof) override;
  /// True if every authoritative server has the record. Waits at most a minute for a server that doesn't answer, since the CA may reach it.
  /// Fails if a server still lacks the record after the provider's patience.
  [[nodiscard]] Result<bool> ready(const std::string& name, const std::string& proof) override;
  [[nodiscard]] Result<> take_back(const std::string& name, const std::string& proof) override;

 private:
  struct Provider {
    const DnsProviderSettings* settings = nullptr;
    DnsProvider* provider = nullptr;
  };
  /// What this process has published.
  struct Presented {
    std::string proof;
    Time since;
    std::vector<NameServer> servers{};
  };
  [[nodiscard]] Result<Provider> provider_of(const std::string& record) const;
  [[nodiscard]] Result<std::vector<NameServer>> servers_of(const DnsProviderSettings& settings, const std::string& record);

  std::vector<DnsProviderSettings> settings_;
  dns::Resolver& resolver_;
  const Clock& clock_;
  TextsAt texts_at_;
  std::stop_source stopping_;
  std::vector<std::unique_ptr<DnsProvider>> providers_;  ///< one for each of settings_
  Mutex mutex_;
  std::map<std::string, Presented, std::less<>> presented_ GUARDED_BY(mutex_);  ///< by name
  std::set<std::string> busy_ GUARDED_BY(mutex_);                               ///< records that a provider is working on
};

}  // namespace carillon::certs
