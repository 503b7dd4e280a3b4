#pragma once
// Routes: one sorted constexpr table per surface, from method and pattern to permission and handler.

#include "accounts/permission.hpp"
#include "http/message.hpp"

#include <span>

namespace carillon::http {

/// `App` is the class whose member functions answer. Patterns: literal segments and `{name}`, which takes one non-empty segment.
template <class App>
struct Route {
  Method method;
  std::string_view pattern;
  accounts::Permission permission;
  asio::awaitable<Response> (App::*handler)(Request&);
};

/// The parameters of `path` in `pattern`, or none when it does not fit.
[[nodiscard]] std::optional<std::map<std::string, std::string, std::less<>>> match(std::string_view pattern, std::string_view path);

/// Finds the route of a request. HEAD takes GET's route. None for the path: 404; none for the method: 405 with Allow;
/// a permission that `granted` does not hold: 401. Literal segments win over parameters; the table's order decides the rest.
template <class App>
asio::awaitable<Response> dispatch(std::span<const Route<App>> routes, App& app, Request& request, accounts::Granted granted) {
  std::string allowed;
  for (const auto& route : routes) {
    auto parameters = match(route.pattern, request.path);
    if (!parameters) continue;
    const bool fits = route.method == request.method || (route.method == Method::get && request.method == Method::head);
    if (!fits) {
      if (!allowed.empty()) allowed += ", ";
      allowed += name_of(route.method);
      if (route.method == Method::get) allowed += ", HEAD";
      continue;
    }
    if (!granted.holds(route.permission)) co_return problem(401, "sign-in-needed", "This needs a signed-in person or a token.");
    request.path_parameters = std::move(*parameters);
    co_return co_await (app.*route.handler)(request);
  }
  if (allowed.empty()) co_return not_found("There is nothing at this address.");
  auto response = plain(405, "This address does not take that method.");
  response.fields.set("Allow", allowed);
  co_return response;
}

}  // namespace carillon::http
