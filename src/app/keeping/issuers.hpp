#pragma once
// The configured issuers: their settings, their roots, and the expiry of external account keys.

#include "app/configuration.hpp"
#include "certs/dns_proof/provider.hpp"
#include "certs/keeper/issuers.hpp"
#include "incidents/incidents.hpp"

namespace carillon::app {

/// `invalid` if an external account key isn't base64url.
[[nodiscard]] Result<std::vector<certs::IssuerSettings>> issuers_of(const Configuration& configuration);

/// The DNS providers. The configuration has been checked.
[[nodiscard]] std::vector<certs::DnsProviderSettings> dns_providers_of(const Configuration& configuration);

/// The roots in the issuers' `trust` files, besides the public ones. Unreadable files are logged and skipped.
[[nodiscard]] std::vector<crypto::Certificate> roots_of(const std::vector<IssuerSection>& issuers);

/// Opens an incident for each external account key that expires soon, because nothing can be ordered without it. Blocks.
void tell_of_external_accounts(const std::vector<certs::IssuerSettings>& issuers, db::Database& database, incidents::Incidents& incidents,
                               const Clock& clock);

}  // namespace carillon::app
