// See health.hpp.

#include "site/health.hpp"

#include <array>

namespace carillon::site {
namespace {

http::Response health(int status, std::string sentence) {
  auto response = http::plain(status, std::move(sentence));
  response.fields.set("Cache-Control", "no-store");
  return response;
}

}  // namespace

std::span<const http::Route<Health>> Health::routes() noexcept {
  using enum http::Method;
  static constexpr std::array kRoutes{http::Route<Health>{get, "/healthz", &Health::healthz},
                                      http::Route<Health>{get, "/readyz", &Health::readyz}};
  return kRoutes;
}

asio::awaitable<std::optional<http::Response>> Health::answer(http::Request& request, http::Allowed& allowed) {
  return http::answer_if_routed(routes(), *this, request, allowed);
}

asio::awaitable<http::Response> Health::healthz(http::Request&) { co_return health(200, "ok"); }

asio::awaitable<http::Response> Health::readyz(http::Request&) {
  if (ready_()) co_return health(200, "ready");
  co_return health(503, "not ready: starting or stopping");
}

}  // namespace carillon::site
