// See events_api.hpp.

#include "api/events/events_api.hpp"

#include "net/asio.hpp"

#include <array>

namespace carillon::api {
namespace {

constexpr std::string_view kPath = "/api/v1/events";
constexpr std::array kRoutes{PermittedRoute<EventsApi>{http::Method::get, kPath, accounts::Permission::view, &EventsApi::events}};

/// What is told is what the caller could read as well: incidents and the machine's own certificates are for operators.
bool may_hear(const accounts::Caller& caller, std::string_view kind, std::string_view network) {
  using enum accounts::Permission;
  const bool for_operators = kind == "incident" || (kind == "certificate" && network.empty());
  return caller.holds(for_operators ? operate : view, network);
}

}  // namespace

bool EventsApi::owns(std::string_view path) noexcept { return path == kPath; }

std::span<const PermittedRoute<EventsApi>> EventsApi::routes() noexcept { return kRoutes; }

asio::awaitable<http::Response> EventsApi::answer(Asked& request) {
  http::Allowed allowed;
  const auto admit = [](const auto& route, const Asked& asked) -> asio::awaitable<Admission> {
    co_return admit_by_permission(route.permission, asked);
  };
  auto answered = co_await dispatch_if_routed(routes(), *this, request, admit, allowed);
  co_return answered ? std::move(*answered) : allowed.refusal();
}

asio::awaitable<http::Response> EventsApi::events(Request& request) {
  // A browser sends Last-Event-ID only when it comes back by itself; whoever opens a new stream says it in the address.
  auto last = request.fields.joined("Last-Event-ID");
  if (!last) last = request.query_parameter("last_event_id");
  const auto& caller = request.caller;
  const auto name = caller.id().empty() ? caller.email() : caller.id();
  auto stream = bus_.subscribe(
      name, [caller](std::string_view kind, std::string_view network) { return may_hear(caller, kind, network); }, last.value_or(""),
      co_await asio::this_coro::executor);
  if (!stream) {
    auto refused = http::problem(429, "too-many-streams", stream.error().message);
    refused.fields.set("Retry-After", "60");
    co_return refused;
  }
  http::Response response;
  response.fields.set("Content-Type", "text/event-stream");
  response.fields.set("Cache-Control", "no-store");
  response.fields.set("X-Accel-Buffering", "no");  // a proxy that gathers would tell everything late
  response.stream = std::move(*stream);
  co_return response;
}

}  // namespace carillon::api
