// See calendar.hpp.

#include "api/keeper/calendar.hpp"

#include "api/core/answers.hpp"
#include "api/core/blocking.hpp"
#include "certs/keeper/kept_calendar.hpp"

#include <array>

namespace carillon::api {

std::span<const KeeperRoute<CalendarApi>> CalendarApi::routes() noexcept {
  using enum http::Method;
  using enum accounts::Permission;
  static constexpr std::array kRoutes{
      KeeperRoute<CalendarApi>{{get, "/api/v1/calendar.ics", operate, &CalendarApi::calendar}, ""},
      KeeperRoute<CalendarApi>{{get, "/api/v1/calendar", operate, &CalendarApi::address}, ""},
  };
  return kRoutes;
}

asio::awaitable<std::optional<http::Response>> CalendarApi::answer(Asked& request, http::Allowed& allowed) {
  return trail_.answer(routes(), *this, request, allowed);
}

asio::awaitable<http::Response> CalendarApi::calendar(Request&) {
  auto text = co_await blocking(parts_.workers, [this] { return certs::kept_calendar(parts_.keeper, parts_.watcher, parts_.clock); });
  if (!text) co_return http::problem(text.error());
  http::Response response;
  response.fields.set("Content-Type", "text/calendar; charset=utf-8");
  response.fields.set("Cache-Control", "no-store");
  response.body = Body::of(std::move(*text));
  co_return response;
}

asio::awaitable<http::Response> CalendarApi::address(Request& request) {
  co_return api::answer(200, {{"address", parts_.calendar_address(request.caller.id())}});
}

}  // namespace carillon::api
