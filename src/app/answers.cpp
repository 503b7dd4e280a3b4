// See answers.hpp.

#include "app/answers.hpp"

#include "app/keeping/keeper_metrics.hpp"
#include "net/asio.hpp"

namespace carillon::app {
namespace {

/// What the machine measures of itself is its operators' business; a token for it needs the scope that names it.
asio::awaitable<http::Response> answer_metrics(api::Gate& gate, const std::function<asio::awaitable<std::string>()>& metrics,
                                               http::Request& request) {
  api::Asked asked{request, {}};
  if (auto refused = co_await gate.identify(asked)) co_return std::move(*refused);
  const auto& caller = asked.caller;
  if (auto refused = api::refusal_of(caller.scopes ? accounts::Permission::everyone : accounts::Permission::operate, caller))
    co_return std::move(*refused);
  if (!caller.reads_metrics()) co_return http::problem(403, "scope-missing", "Metrics require an operator token with the “metrics” scope.");
  co_return metrics_answer(co_await metrics());
}

}  // namespace

/// A show's own domain has that show alone; then the keeper's addresses (the calendar's secret is in its address), then the API, the
/// studio, one-time links, then the site's.
asio::awaitable<http::Response> answer_public(const PublicHandlers& handlers, http::Request& request) {
  if (request.path == "/metrics") co_return co_await answer_metrics(handlers.gate, handlers.metrics, request);
  if (handlers.domains.owns(request)) co_return co_await handlers.domains.answer(request);
  if (auto ours = co_await handlers.keeper.answer(request)) co_return std::move(*ours);
  if (api::Front::owns(request.path)) co_return co_await handlers.api.answer(request);
  if (auto page = handlers.studio.answer(request)) co_return std::move(*page);
  if (auto page = co_await handlers.welcome.answer(request)) co_return std::move(*page);
  if (auto page = co_await handlers.unsubscribe.answer(request)) co_return std::move(*page);
  co_return co_await handlers.site.answer(request);
}

asio::awaitable<http::Response> answer_plain(site::KeeperSite& keeper, site::Site& site, const site::OwnDomains& domains,
                                             const podcast::Domains& claims, http::Request& request) {
  if (auto proof = keeper.challenge(request)) co_return std::move(*proof);
  if (const auto place = claims.proof_of_place(request.path)) {
    http::Response response{.status = 200};
    response.fields.set("Content-Type", "text/plain");
    response.fields.set("Cache-Control", "no-store");
    response.body = Body::of(*place);
    co_return response;
  }
  if (domains.owns(request) && !request.path.starts_with("/.well-known/")) co_return domains.answer_plain(request);
  co_return co_await site.answer_plain(request);
}

asio::awaitable<http::Response> answer_control(const PublicHandlers& handlers, http::Request& request) {
  if (request.path == "/metrics") co_return metrics_answer(co_await handlers.metrics());
  co_return co_await handlers.api.answer(request);
}

}  // namespace carillon::app
