// See front.hpp.

#include "api/front.hpp"

#include "api/core/answers.hpp"
#include "api/core/bound_stream.hpp"
#include "base/spoken_time.hpp"
#include "net/asio.hpp"

namespace carillon::api {
namespace {

/// What no route takes the router answers in plain words, for people; programs get a problem like any other.
http::Response as_problem(http::Response response) {
  if (response.status != 404 && response.status != 405) return response;
  if (response.fields.get("Content-Type") == "application/problem+json") return response;
  auto problem = response.status == 404 ? http::problem(404, "not-found", "There's nothing at this URL.")
                                        : http::problem(405, "method-not-allowed", "This URL doesn't support that method.");
  if (const auto allowed = response.fields.get("Allow")) problem.fields.set("Allow", std::string(*allowed));
  return problem;
}

/// The first segment below /api/v1, which is no secret and no name.
std::string resource_of(std::string_view path) {
  path.remove_prefix(std::string_view{"/api/v1/"}.size());
  return std::string(path.substr(0, path.find('/')));
}

constexpr std::string_view kUpload = "/api/v1/uploads/";

/// Clients that can't send PATCH or DELETE say so in this field, and what it says is the method (tus 1.0.0, a MUST). Its answer is framed
/// by the method that was sent.
void apply_method_override(http::Request& request) {
  if (!request.path.starts_with(kUpload)) return;
  const auto wanted = request.fields.joined("X-HTTP-Method-Override");
  const auto method = wanted ? http::method_from(*wanted) : std::nullopt;
  if (method) request.method = *method;
}

/// Sends a piece of an upload, or asks how far it is.
bool is_piece(const http::Request& request) {
  return request.path.starts_with(kUpload) && (request.method == http::Method::patch || request.method == http::Method::head);
}

}  // namespace

asio::awaitable<http::Response> Front::answer(http::Request& received) {
  apply_method_override(received);
  Asked request{received, {}};
  auto refused = co_await gate_.identify(request);
  if (!request.caller.forged_for.empty())
    refusals_.note({.what = accounts::Refused::forged,
                    .subject = request.caller.forged_for,
                    .address_prefix = request.caller.address_prefix,
                    .detail = std::string(http::name_of(request.method)) + " " + resource_of(request.path)});
  if (refused && refused->status == 401)
    refusals_.note({.what = accounts::Refused::token,
                    .subject = {},
                    .address_prefix = request.caller.address_prefix,
                    .detail = std::string(http::name_of(request.method)) + " " + resource_of(request.path)});
  std::optional<RateLimit::Answer> taken;
  if (!request.peer.local_socket) {
    // What strangers in the same network use up must not keep out who was here before.
    const auto device = co_await gate_.device_of(request);
    const auto known_device = device ? std::string_view{*device} : std::string_view{};
    taken = is_piece(request) ? limit_.take_piece(request.caller, known_device)
                              : limit_.take(request.caller, known_device, writes(request.method));
    if (!taken->allowed) {
      auto response = http::problem(429, "too-many-requests", "Too many requests; try again in " + span_text(taken->again_in) + ".");
      response.fields.set("Retry-After", std::to_string(taken->again_in.count()));
      refusals_.note(
          {.what = accounts::Refused::too_many, .subject = request.caller.email(), .address_prefix = request.caller.address_prefix});
      say(*taken, response);
      co_return response;
    }
  }
  http::Response response;
  if (refused) {
    response = std::move(*refused);
  } else {
    auto* const sent = request.body;
    std::optional<BoundBody> bound;
    if (writes(request.method)) request.body = &bound.emplace(request.caller, *sent, revocations_);
    response = co_await idempotency_.once(request, [this](Asked& asked) -> asio::awaitable<http::Response> {
      if (AccountsApi::owns(asked.path)) co_return as_problem(co_await accounts_.answer(asked));
      if (EventsApi::owns(asked.path)) co_return as_problem(co_await events_.answer(asked));
      if (KeeperApi::owns(asked.path)) co_return as_problem(co_await keeper_.answer(asked));
      if (StatsApi::owns(asked.path)) co_return as_problem(co_await http::dispatch_to(asked, stats_));
      if (AdsApi::owns(asked.path)) co_return as_problem(co_await ads_.answer(asked));
      co_return as_problem(co_await podcasts_.answer(asked));
    });
    request.body = sent;
  }
  if (taken) say(*taken, response);
  if (response.status == 403)
    refusals_.note({.what = accounts::Refused::not_allowed,
                    .subject = request.caller.actor().name,
                    .address_prefix = request.caller.address_prefix,
                    .detail = std::string(http::name_of(request.method)) + " " + resource_of(request.path)});
  if (response.stream)
    response.stream = bound_to(request.caller, std::move(response.stream), revocations_, clock_, co_await asio::this_coro::executor);
  // Answers to one caller are no other's, and none of a cache's; what is known of people stays on no disk at all.
  if (!response.fields.get("Cache-Control"))
    response.fields.set("Cache-Control", AccountsApi::owns(request.path) ? "no-store" : "private, no-cache");
  co_return response;
}

}  // namespace carillon::api
