#pragma once
// The ways out of this machine: requests, names, looks at certificates.

#include "app/configuration.hpp"
#include "certs/probe/probe.hpp"
#include "http/client/outgoing.hpp"

#include <memory>

namespace carillon::app {

struct Outside {
  std::unique_ptr<http::Outgoing> outgoing;  ///< as [outgoing] says
  std::unique_ptr<dns::Resolver> resolver;   ///< as [dns] says
  std::unique_ptr<certs::Prober> prober;

  [[nodiscard]] static Result<Outside> open(const Configuration& configuration);
};

}  // namespace carillon::app
