#pragma once
// What `serve` and `guard` share about their listeners: limits, proxies, and how a connection is served.

#include "app/configuration.hpp"
#include "http/server/serve.hpp"
#include "net/server.hpp"

namespace carillon::app {

/// `[limits]` and `[proxy]` of a configuration that was checked. `loops` as net::ServerOptions has it.
[[nodiscard]] net::ServerOptions server_options_of(const Configuration& configuration, std::size_t loops);

/// What is looked at before any handler: proxies, and hosts against `table`. Both must live longer.
[[nodiscard]] http::Guards guards_of(const Configuration& configuration, net::Server& server, const net::CertificateLookup& table);

/// Serves connections with whatever `handler` answers when each begins. `server` and `clock` must live longer than they do.
[[nodiscard]] net::ConnectionHandler connections_of(net::Server& server, const Clock& clock, http::Guards guards,
                                                    std::function<http::Handler()> handler);

/// The ports of the configuration, taken but not listened on.
struct Ports {
  net::BoundPort http;
  net::BoundPort https;
  [[nodiscard]] static Result<Ports> bind(const Configuration& configuration);
};

}  // namespace carillon::app
