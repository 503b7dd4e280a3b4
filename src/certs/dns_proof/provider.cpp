// See provider.hpp.

#include "certs/dns_proof/provider.hpp"

#include "base/encoding.hpp"
#include "certs/dns_proof/hook.hpp"
#include "certs/dns_proof/zone_updates.hpp"
#include "crypto/sha256.hpp"
#include "dns/names.hpp"

namespace carillon::certs {

std::unique_ptr<DnsProvider> make_provider(const DnsProviderSettings& settings, std::stop_token stop) {
  if (!settings.hook.empty()) return std::make_unique<Hook>(settings, std::move(stop));
  return std::make_unique<ZoneUpdates>(settings);
}

const DnsProviderSettings* provider_for(const std::vector<DnsProviderSettings>& all, std::string_view record) {
  const DnsProviderSettings* best = nullptr;
  std::size_t longest = 0;
  const auto consider = [&](const DnsProviderSettings& one, std::size_t length) {
    if (best != nullptr && length <= longest) return;
    best = &one;
    longest = length;
  };
  for (const auto& one : all) {
    if (one.names.empty()) consider(one, 0);
    for (std::string_view name : one.names) {
      // A wildcard uses the record of the name after "*.".
      if (dns::is_wildcard(name)) name.remove_prefix(2);
      const bool is_below = record == name || (record.ends_with(name) && record[record.size() - name.size() - 1] == '.');
      if (is_below) consider(one, name.size());
    }
  }
  return best;
}

std::string challenge_record(std::string_view name) {
  if (dns::is_wildcard(name)) name.remove_prefix(2);
  return "_acme-challenge." + std::string(name);
}

std::string challenge_value(std::string_view key_authorization) { return to_base64url(crypto::sha256(as_bytes(key_authorization)).bytes); }

}  // namespace carillon::certs
