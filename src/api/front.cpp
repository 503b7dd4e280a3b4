// See front.hpp.

#include "api/front.hpp"

namespace carillon::api {

asio::awaitable<http::Response> Front::answer(http::Request& request) {
  auto refused = co_await gate_.identify(request);
  std::optional<RateLimit::Answer> taken;
  if (!request.peer.local_socket) {
    taken = limit_.take(request.caller);
    if (!taken->allowed) {
      auto response = http::problem(429, "too-many-requests",
                                    "Too many requests; try again in " + std::to_string(taken->again_in.count()) + " seconds.");
      response.fields.set("Retry-After", std::to_string(taken->again_in.count()));
      say(*taken, response);
      co_return response;
    }
  }
  if (refused) co_return std::move(*refused);
  auto response = co_await idempotency_.once(request, [this](http::Request& asked) -> asio::awaitable<http::Response> {
    if (AccountsApi::owns(asked.path)) co_return co_await accounts_.answer(asked);
    if (KeeperApi::owns(asked.path)) co_return co_await keeper_.answer(asked);
    co_return co_await api_.answer(asked);
  });
  if (taken) say(*taken, response);
  // Answers to one caller are no other's, and none of a cache's.
  if (!response.fields.get("Cache-Control")) response.fields.set("Cache-Control", "private, no-cache");
  co_return response;
}

}  // namespace carillon::api
