#pragma once
// GET /api/v1/events: live events. The same for `serve` and `guard`.

#include "api/core/route.hpp"
#include "api/events/events.hpp"

#include <span>

namespace carillon::api {

/// Any event loop. The bus must live longer.
class EventsApi {
 public:
  explicit EventsApi(EventBus& bus) : bus_{bus} {}

  /// Whether this API has the path.
  [[nodiscard]] static bool owns(std::string_view path) noexcept;
  [[nodiscard]] static std::span<const PermittedRoute<EventsApi>> routes() noexcept;
  /// Handles one request.
  asio::awaitable<http::Response> answer(Asked& request);

  asio::awaitable<http::Response> events(Request& request);

 private:
  EventBus& bus_;
};

}  // namespace carillon::api
