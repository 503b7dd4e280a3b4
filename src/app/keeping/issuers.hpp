#pragma once
// The issuers of the configuration: what the keeper may ask, which roots they stand for, and when their accounts' keys end.

#include "app/configuration.hpp"
#include "certs/keeper/issuers.hpp"
#include "incidents/incidents.hpp"

namespace carillon::app {

/// `invalid` for an external account's key that is not base64url.
[[nodiscard]] Result<std::vector<certs::IssuerSettings>> issuers_of(const Configuration& configuration);

/// The roots that issuers' `trust` names, beside the public ones. A file that can't be read is logged and left out.
[[nodiscard]] std::vector<crypto::Certificate> roots_of(const std::vector<IssuerSection>& issuers);

/// Keys of external accounts end, too, and without them nothing is ordered: opens an incident for each that ends soon. Blocks.
void tell_of_external_accounts(const std::vector<certs::IssuerSettings>& issuers, db::Database& database, incidents::Incidents& incidents,
                               const Clock& clock);

}  // namespace carillon::app
