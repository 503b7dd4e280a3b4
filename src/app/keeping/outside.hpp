#pragma once
// Access to the outside: requests, DNS lookups, certificate probes.

#include "app/configuration.hpp"
#include "certs/probe/probe.hpp"
#include "http/client/outgoing.hpp"

#include <memory>

namespace carillon::app {

struct Outside {
  std::unique_ptr<http::Outgoing> outgoing;  ///< configured by [outgoing]
  std::unique_ptr<dns::Resolver> resolver;   ///< configured by [dns]
  std::unique_ptr<certs::Prober> prober;

  [[nodiscard]] static Result<Outside> open(const Configuration& configuration);
};

}  // namespace carillon::app
