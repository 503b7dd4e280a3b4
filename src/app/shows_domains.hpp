#pragma once
// The dependencies of custom domains on the rest of the program.

#include "app/configuration.hpp"
#include "podcast/domains/domains.hpp"

namespace carillon::app {

/// All must outlive the domains.
struct DomainsNeeds {
  db::Database& database;
  const Clock& clock;
  Random& random;
  podcast::DomainTable& table;
  certs::Keeper& keeper;
  dns::Resolver& resolver;
  http::Outgoing& outgoing;
  incidents::Incidents& incidents;
  std::uint16_t http_port;  ///< our plain HTTP port
  std::uint16_t https_port;
};
[[nodiscard]] podcast::Domains::Parts domain_parts_of(const DomainsNeeds& needs, const Configuration& configuration);
[[nodiscard]] podcast::Domains::Settings domain_settings_of(const Configuration& configuration, const std::string& origin,
                                                            std::uint16_t https_port);

}  // namespace carillon::app
