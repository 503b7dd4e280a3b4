#pragma once
// GET /api/v1/events: what happens, told while it happens. The same for `serve` and for `guard`.

#include "api/events/events.hpp"
#include "http/router.hpp"

#include <span>

namespace carillon::api {

/// Any event loop. The bus must live longer.
class EventsApi {
 public:
  explicit EventsApi(EventBus& bus) : bus_{bus} {}

  /// Whether a path is one of these.
  [[nodiscard]] static bool owns(std::string_view path) noexcept;
  [[nodiscard]] static std::span<const http::Route<EventsApi>> routes() noexcept;
  /// Answers one request of request.caller.
  asio::awaitable<http::Response> answer(http::Request& request);

  asio::awaitable<http::Response> events(http::Request& request);

 private:
  EventBus& bus_;
};

}  // namespace carillon::api
