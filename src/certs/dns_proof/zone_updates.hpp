#pragma once
// Changes records with dynamic updates to a name server (RFC 2136).

#include "certs/dns_proof/provider.hpp"
#include "dns/update.hpp"

namespace carillon::certs {

/// Any thread.
class ZoneUpdates final : public DnsProvider {
 public:
  explicit ZoneUpdates(const DnsProviderSettings& settings) : zone_{settings.zone}, updater_{*settings.server, settings.key} {}
  [[nodiscard]] Result<> present(const DnsProof& proof) override;
  [[nodiscard]] Result<> remove(const DnsProof& proof) override;

 private:
  [[nodiscard]] Result<std::string> zone_of(const std::string& record) const;

  std::string zone_;
  dns::Updater updater_;
};

}  // namespace carillon::certs
