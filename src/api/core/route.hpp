#pragma once
// A route of the API: beside method, pattern and permission it says whose the thing is that the path names.

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

template <class App>
struct Route : http::Route<App> {
  Owner owner = Owner::nobody;
  constexpr Route(http::Method method, std::string_view pattern, accounts::Permission permission, Owner whose,
                  asio::awaitable<http::Response> (App::*handler)(http::Request&))
      : http::Route<App>{method, pattern, permission, handler}, owner{whose} {}
};

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
