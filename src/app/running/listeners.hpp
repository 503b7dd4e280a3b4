#pragma once
// What `serve` and `guard` share about their listeners: limits, proxies, and how a connection is served.

#include "app/configuration.hpp"
#include "http/server/serve.hpp"
#include "net/server.hpp"

namespace carillon::app {

/// `[limits]` and `[proxy]` of a checked configuration. For `loops`, see net::ServerOptions.
[[nodiscard]] net::ServerOptions server_options_of(const Configuration& configuration, std::size_t loops);

/// Checks before any handler: proxies, and hosts against `table`. Both arguments must outlive it.
[[nodiscard]] http::Guards guards_of(const Configuration& configuration, net::Server& server, const net::CertificateLookup& table);

/// Serves connections with `handler`; `observer` may be empty. `server` and `clock` must outlive the connections.
[[nodiscard]] net::ConnectionHandler connections_of(net::Server& server, const Clock& clock, http::Guards guards,
                                                    std::function<http::Handler()> handler, http::Observer observer = {});

/// The configured ports, bound but not listening yet.
struct Ports {
  net::BoundPort http;
  net::BoundPort https;
  [[nodiscard]] static Result<Ports> bind(const Configuration& configuration);
};

}  // namespace carillon::app
