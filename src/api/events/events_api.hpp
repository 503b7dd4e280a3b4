#pragma once
// GET /api/v1/events: what happens, told while it happens. The same for `serve` and for `guard`.

#include "api/core/route.hpp"
#include "api/events/events.hpp"

#include <span>

namespace carillon::api {

/// Any event loop. The bus must live longer.
class EventsApi {
 public:
  explicit EventsApi(EventBus& bus) : bus_{bus} {}

  /// Whether a path is one of these.
  [[nodiscard]] static bool owns(std::string_view path) noexcept;
  [[nodiscard]] static std::span<const PermittedRoute<EventsApi>> routes() noexcept;
  /// Answers one request of its caller.
  asio::awaitable<http::Response> answer(Asked& request);

  asio::awaitable<http::Response> events(Request& request);

 private:
  EventBus& bus_;
};

}  // namespace carillon::api
