// See listeners.hpp.

#include "app/running/listeners.hpp"

#include "net/asio.hpp"

namespace carillon::app {
namespace {

std::vector<IpNetwork> networks_in(const std::vector<std::string>& texts) {
  std::vector<IpNetwork> networks;
  for (const auto& text : texts) {
    if (const auto network = IpNetwork::parse(text)) networks.push_back(*network);
  }
  return networks;
}

}  // namespace

net::ServerOptions server_options_of(const Configuration& configuration, std::size_t loops) {
  return {.loops = loops,
          .connections = static_cast<std::size_t>(configuration.connections),
          .connections_per_address = static_cast<std::size_t>(configuration.connections_per_address),
          .exempt = networks_in(configuration.exempt),
          .proxies = networks_in(configuration.trusted_proxies),
          .http2 = configuration.http2};
}

http::Guards guards_of(const Configuration& configuration, net::Server& server, const net::CertificateLookup& table) {
  http::Guards guards{
      .serves_host = [&table](std::string_view host) { return table.certificate_for(host) != nullptr; },
      .limits = &server.address_limits(),
  };
  if (configuration.trusted_proxies.empty()) return guards;
  using Field = http::TrustedProxies::Field;
  guards.proxies = std::make_shared<const http::TrustedProxies>(
      http::TrustedProxies{.networks = networks_in(configuration.trusted_proxies),
                           .field = configuration.proxy_field == "forwarded" ? Field::forwarded : Field::x_forwarded_for});
  return guards;
}

net::ConnectionHandler connections_of(net::Server& server, const Clock& clock, http::Guards guards, std::function<http::Handler()> handler,
                                      http::Observer observer) {
  return [&server, &clock, guards = std::move(guards), observer = std::move(observer),
          handler = std::move(handler)](std::unique_ptr<net::Transport> transport) -> asio::awaitable<void> {
    return http::serve(
        std::move(transport), handler(), http::Deadlines{}, [&server] { return server.draining(); }, clock, guards, observer);
  };
}

Result<Ports> Ports::bind(const Configuration& configuration) {
  const auto http = net::Endpoint::parse(configuration.http);
  if (!http) return std::unexpected(http.error());
  const auto https = net::Endpoint::parse(configuration.https);
  if (!https) return std::unexpected(https.error());
  auto https_port = net::BoundPort::bind(*https);
  if (!https_port) return forward_error(https_port);
  auto http_port = net::BoundPort::bind(*http);
  if (!http_port) return forward_error(http_port);
  return Ports{.http = std::move(*http_port), .https = std::move(*https_port)};
}

}  // namespace carillon::app
