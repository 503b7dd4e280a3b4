#pragma once
// Changes records with a command, often another ACME client's script for a DNS provider's API.

#include "base/mutex.hpp"
#include "certs/dns_proof/provider.hpp"

#include <map>

namespace carillon::certs {

/// Any thread. The contract is in docs/manual/certificates.md. Every process that the command has started is killed when the command
/// ends or reaches its deadline.
class Hook final : public DnsProvider {
 public:
  Hook(const DnsProviderSettings& settings, std::stop_token stop) : settings_{settings}, stop_{std::move(stop)} {}
  [[nodiscard]] Result<> present(const DnsProof& proof) override;
  [[nodiscard]] Result<> remove(const DnsProof& proof) override;

 private:
  [[nodiscard]] Result<std::string> run(bool adding, const DnsProof& proof, const std::string& former_output);

  DnsProviderSettings settings_;
  std::stop_token stop_;
  Mutex mutex_;
  std::map<std::string, std::string> outputs_ GUARDED_BY(mutex_);  ///< by value: what the command printed when it added that record
};

}  // namespace carillon::certs
