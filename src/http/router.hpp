#pragma once
// Routes: one sorted constexpr table per surface, from method and pattern to handler.

#include "http/message.hpp"

#include <span>

namespace carillon::http {

/// `App` is the class whose member functions answer. Patterns: literal segments and `{name}`, which takes one non-empty segment.
template <class App>
struct Route {
  Method method;
  std::string_view pattern;
  asio::awaitable<Response> (App::*handler)(Request&);
};

/// The parameters of `path` in `pattern`, or none when it does not fit.
[[nodiscard]] std::optional<std::map<std::string, std::string, std::less<>>> match(std::string_view pattern, std::string_view path);

/// The methods that a path takes, gathered while a request is looked up in one table after the other.
class Allowed {
 public:
  void add(Method method);
  /// For a request that no table had a route for. None for the path: 404; none for the method: 405 with Allow.
  [[nodiscard]] Response refusal() const;

 private:
  std::string methods_;
};

/// The route of a request, with the path's parameters put into the request; null when this table has none, and then `allowed` has the
/// methods of those that fit the path. HEAD takes GET's route. The table's order decides.
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

/// Answers with the route of a request, where this table has it. For what everybody may ask.
template <class App>
asio::awaitable<std::optional<Response>> answer_if_routed(std::span<const Route<App>> routes, App& app, Request& request,
                                                          Allowed& allowed) {
  const auto* route = find_route(routes, request, allowed);
  if (!route) co_return std::nullopt;
  co_return co_await (app.*route->handler)(request);
}

/// Answers with the first of `parts` that has a route for the request, else with 404 or 405: as one table would that has all their routes
/// one after the other. A part has `answer(request, allowed)`, which looks in its own table. `Asked` is a Request,
/// or what a surface makes of one.
template <class Asked, class... Part>
asio::awaitable<Response> dispatch_to(Asked& request, Part&... parts) {
  Allowed allowed;
  std::optional<Response> answer;
  (void)((answer = co_await parts.answer(request, allowed)) || ...);
  co_return answer ? std::move(*answer) : allowed.refusal();
}

}  // namespace carillon::http
