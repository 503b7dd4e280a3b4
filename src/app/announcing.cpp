// See announcing.hpp.

#include "app/announcing.hpp"

#include "base/log.hpp"
#include "certs/serving/local_ca.hpp"

namespace carillon::app {

announce::AnnouncerSettings announcing_of(const Configuration& configuration, std::uint16_t https_port) {
  if (configuration.hubs.empty() && configuration.podping.endpoint.empty()) return {};
  const auto origin = configuration.effective_origin(https_port);
  if (!certs::is_public_name(host_of(origin))) {
    log::warning("feeds aren't announced: this server's address isn't public, so hubs can't fetch them", {{"origin", origin}});
    return {};
  }
  announce::AnnouncerSettings settings{.hubs = configuration.hubs, .podping = {}};
  if (const auto& podping = configuration.podping; !podping.endpoint.empty())
    settings.podping = announce::Podping{.endpoint = podping.endpoint, .token = podping.token};
  return settings;
}

}  // namespace carillon::app
