#pragma once
// A route of the API: beside method, pattern and permission it says whose the thing is that the path names.

#include "api/core/request.hpp"
#include "http/router.hpp"

#include <vector>

namespace carillon::api {

/// Where the network of a request comes from. What another network owns answers exactly as what does not exist.
enum class Owner {
  nobody,      ///< belongs to no network: one's own, or the machine's
  asked,       ///< the network that `?network=` names; else "default", else the only one
  network,     ///< {network}
  show,        ///< {show}
  episode,     ///< {id} is an episode's
  job,         ///< {id} is a job's; jobs of the machine itself belong to operators
  upload,      ///< {id} is an upload's
  invitation,  ///< {id} is an invitation's
  person,      ///< {person} is somebody's id: a network that both belong to, if possible one that the caller owns
};

/// A route of which the permission alone says who may: its things belong to no network.
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

/// Answers with the route of a request, where this table has it. `admit(route, asked)` gives an Admission: the handler takes what is
/// admitted, and a refusal is the answer.
template <class AnyRoute, class App, class Admit>
asio::awaitable<std::optional<http::Response>> dispatch_if_routed(std::span<const AnyRoute> routes, App& app, Asked& asked, Admit admit,
                                                                  http::Allowed& allowed) {
  const auto* route = http::find_route(routes, asked, allowed);
  if (!route) co_return std::nullopt;
  Admission admitted = co_await admit(*route, asked);
  if (!admitted) co_return std::move(admitted.error());
  co_return co_await (app.*route->handler)(*admitted);
}

/// What a route takes and whom it lets in, without what answers it.
struct RouteRule {
  http::Method method;
  std::string_view pattern;
  accounts::Permission permission;
  Owner owner;
};

/// Of the tables of several classes, one after the other.
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
