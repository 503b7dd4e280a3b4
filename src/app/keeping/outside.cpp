// See outside.hpp.

#include "app/keeping/outside.hpp"

namespace carillon::app {

Result<Outside> Outside::open(const Configuration& configuration) {
  auto outgoing = http::make_outgoing({.allow = configuration.outgoing_allow});
  if (!outgoing) return forward_error(outgoing);
  auto resolver = dns::make_resolver(configuration.dns_servers);
  if (!resolver) return forward_error(resolver);
  std::vector<IpNetwork> allowed;
  for (const auto& text : configuration.outgoing_allow) {
    auto network = IpNetwork::parse(text);
    if (!network) return forward_error(network);
    allowed.push_back(*network);
  }
  auto prober = certs::make_prober(**resolver, std::move(allowed));
  if (!prober) return forward_error(prober);
  return Outside{.outgoing = std::move(*outgoing), .resolver = std::move(*resolver), .prober = std::move(*prober)};
}

}  // namespace carillon::app
