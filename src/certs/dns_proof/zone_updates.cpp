// See zone_updates.hpp.

#include "certs/dns_proof/zone_updates.hpp"

namespace carillon::certs {
namespace {

/// Short, so that resolvers don't cache an old answer for long.
constexpr std::chrono::seconds kRecordLifetime{60};

}  // namespace

Result<std::string> ZoneUpdates::zone_of(const std::string& record) const {
  if (!zone_.empty()) return zone_;
  return updater_.zone_of(record);
}

Result<> ZoneUpdates::present(const DnsProof& proof) {
  const auto zone = zone_of(proof.record);
  if (!zone) return std::unexpected(zone.error());
  return updater_.add_text(*zone, proof.record, proof.value, kRecordLifetime);
}

Result<> ZoneUpdates::remove(const DnsProof& proof) {
  const auto zone = zone_of(proof.record);
  if (!zone) return std::unexpected(zone.error());
  return updater_.remove_text(*zone, proof.record, proof.value);
}

}  // namespace carillon::certs
