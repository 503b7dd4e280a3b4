#pragma once
// Routes: one sorted constexpr table per API, from method and pattern to handler.

#include "http/message.hpp"

#include <span>

namespace carillon::http {

/// `App` is the class whose member functions are handlers. Patterns: literal segments and `{name}`, which matches one non-empty segment.
template <class App>
struct Route {
  Method method;
  std::string_view pattern;
  asio::awaitable<Response> (App::*handler)(Request&);
};

/// The parameters of `path` in `pattern`; none if it doesn't match.
[[nodiscard]] std::optional<std::map<std::string, std::string, std::less<>>> match(std::string_view pattern, std::string_view path);

/// The allowed methods of a path, collected while a request is looked up in one table after another.
class Allowed {
 public:
  void add(Method method);
  /// The response to a request without a route: 404 if no path matched, 405 with Allow if no method did.
  [[nodiscard]] Response refusal() const;

 private:
  std::string methods_;
};

/// The route of a request, with the path parameters stored in the request; null if this table has none, and `allowed` then has the methods
/// of the routes that match the path. HEAD uses GET's route. The first match in the table wins.
template <class AnyRoute>
const AnyRoute* find_route(std::span<const AnyRoute> routes, Request& request, Allowed& allowed) {
  for (const auto& route : routes) {
    auto parameters = match(route.pattern, request.path);
    if (!parameters) continue;
    const bool fits = route.method == request.method || (route.method == Method::get && request.method == Method::head);
    if (!fits) {
      allowed.add(route.method);
      continue;
    }
    request.path_parameters = std::move(*parameters);
    return &route;
  }
  return nullptr;
}

/// Dispatches a request if this table has its route. For public routes.
template <class App>
asio::awaitable<std::optional<Response>> answer_if_routed(std::span<const Route<App>> routes, App& app, Request& request,
                                                          Allowed& allowed) {
  const auto* route = find_route(routes, request, allowed);
  if (!route) co_return std::nullopt;
  co_return co_await (app.*route->handler)(request);
}

/// Dispatches to the first of `parts` that has a route for the request, else returns 404 or 405, like one table with all their routes. A
/// part has `answer(request, allowed)`, which uses its own table. `Asked` is a Request or a type derived from it.
template <class Asked, class... Part>
asio::awaitable<Response> dispatch_to(Asked& request, Part&... parts) {
  Allowed allowed;
  std::optional<Response> answer;
  (void)((answer = co_await parts.answer(request, allowed)) || ...);
  co_return answer ? std::move(*answer) : allowed.refusal();
}

}  // namespace carillon::http
