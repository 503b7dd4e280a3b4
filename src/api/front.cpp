// See front.hpp.

#include "api/front.hpp"

namespace carillon::api {
namespace {

/// What no route takes the router answers in plain words, for people; programs get a problem like any other.
http::Response as_problem(http::Response response) {
  if (response.status != 404 && response.status != 405) return response;
  if (response.fields.get("Content-Type") == "application/problem+json") return response;
  auto problem = response.status == 404 ? http::problem(404, "not-found", "There is nothing at this address.")
                                        : http::problem(405, "method-not-allowed", "This address does not take that method.");
  if (const auto allowed = response.fields.get("Allow")) problem.fields.set("Allow", std::string(*allowed));
  return problem;
}

}  // namespace

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
  http::Response response;
  if (refused) {
    response = std::move(*refused);
  } else {
    response = co_await idempotency_.once(request, [this](http::Request& asked) -> asio::awaitable<http::Response> {
      if (AccountsApi::owns(asked.path)) co_return as_problem(co_await accounts_.answer(asked));
      if (KeeperApi::owns(asked.path)) co_return as_problem(co_await keeper_.answer(asked));
      co_return as_problem(co_await api_.answer(asked));
    });
  }
  if (taken) say(*taken, response);
  // Answers to one caller are no other's, and none of a cache's.
  if (!response.fields.get("Cache-Control")) response.fields.set("Cache-Control", "private, no-cache");
  co_return response;
}

}  // namespace carillon::api
