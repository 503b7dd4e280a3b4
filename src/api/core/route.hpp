#pragma once
// An API route: besides method, pattern and permission, it defines the owner of the resource in the path.

#include "api/core/request.hpp"
#include "http/router.hpp"

#include <vector>

namespace carillon::api {

/// Where the network of a request comes from. Resources of other networks get the same response as ones that don't exist.
enum class Owner {
  nobody,      ///< belongs to no network: the caller's own, or the machine's
  asked,       ///< the network in `?network=`, else "default", else the only one
  network,     ///< {network}
  show,        ///< {show}
  episode,     ///< {id} is an episode's
  job,         ///< {id} is a job's; jobs of the machine itself belong to operators
  upload,      ///< {id} is an upload's
  invitation,  ///< {id} is an invitation's
  person,      ///< {person} is a person's ID: a network that both belong to, preferably one that the caller owns
  advertiser,  ///< {id} is an advertiser's
  campaign,    ///< {id} is a campaign's
  order,       ///< {id} is the ID of an advertiser's order
  creative,    ///< {id} is a creative's
  past_order,  ///< the same as `order`, also if it was deleted
};

/// A route that only checks the permission, because its resources belong to no network.
template <class App>
struct PermittedRoute {
  http::Method method;
  std::string_view pattern;
  accounts::Permission permission;
  asio::awaitable<http::Response> (App::*handler)(Request&);
};

template <class App>
struct Route : PermittedRoute<App> {
  Owner owner = Owner::nobody;
  constexpr Route(http::Method method, std::string_view pattern, accounts::Permission permission, Owner whose,
                  asio::awaitable<http::Response> (App::*handler)(Request&))
      : PermittedRoute<App>{method, pattern, permission, handler}, owner{whose} {}
};

/// Dispatches a request if this table has its route. `admit(route, asked)` returns an Admission: an admitted request is passed to the
/// handler, a refusal is returned as the response.
template <class AnyRoute, class App, class Admit>
asio::awaitable<std::optional<http::Response>> dispatch_if_routed(std::span<const AnyRoute> routes, App& app, Asked& asked, Admit admit,
                                                                  http::Allowed& allowed) {
  const auto* route = http::find_route(routes, asked, allowed);
  if (!route) co_return std::nullopt;
  Admission admitted = co_await admit(*route, asked);
  if (!admitted) co_return std::move(admitted.error());
  co_return co_await (app.*route->handler)(*admitted);
}

/// A route without its handler.
struct RouteRule {
  http::Method method;
  std::string_view pattern;
  accounts::Permission permission;
  Owner owner;
};

/// The rules of several tables, concatenated.
template <class... App>
[[nodiscard]] std::vector<RouteRule> rules_of() {
  std::vector<RouteRule> rules;
  const auto add = [&](auto routes) {
    for (const auto& route : routes) rules.push_back({route.method, route.pattern, route.permission, route.owner});
  };
  (add(App::routes()), ...);
  return rules;
}

}  // namespace carillon::api
