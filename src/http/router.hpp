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

/// Finds the route of a request. HEAD takes GET's route. None for the path: 404; none for the method: 405 with Allow. `admit(route,
/// request)` is asked before the handler, with the path's parameters in place; a response of its own is the answer. Literal segments win
/// over parameters; the table's order decides the rest.
template <class AnyRoute, class App, class Admit>
asio::awaitable<Response> dispatch(std::span<const AnyRoute> routes, App& app, Request& request, Admit admit) {
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
    request.path_parameters = std::move(*parameters);
    if (auto refused = co_await admit(route, request)) co_return std::move(*refused);
    co_return co_await (app.*route.handler)(request);
  }
  if (allowed.empty()) co_return not_found("There is nothing at this address.");
  auto response = plain(405, "This address does not take that method.");
  response.fields.set("Allow", allowed);
  co_return response;
}

/// For tables whose things belong to no network: what the caller may do in any.
struct AdmitByPermission {
  template <class AnyRoute>
  asio::awaitable<std::optional<Response>> operator()(const AnyRoute& route, const Request& request) const {
    if (request.caller.holds_somewhere(route.permission)) co_return std::nullopt;
    co_return refusal_of(route.permission, request.caller);
  }
  /// 401 for somebody unknown, 403 for somebody known who may not; none when `caller` holds it.
  [[nodiscard]] static std::optional<Response> refusal_of(accounts::Permission permission, const accounts::Caller& caller,
                                                          std::string_view network = {});
};

}  // namespace carillon::http
