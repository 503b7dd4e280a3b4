// See takedowns.hpp.

#include "api/accounts/takedowns.hpp"

#include "api/accounts/accounts_documents.hpp"
#include "api/core/answers.hpp"
#include "api/core/object_reader.hpp"

#include <array>

namespace carillon::api {
namespace {

/// The reason of a takedown, which is shown to the public.
asio::awaitable<Result<std::string>> reason_of(Request& request) {
  auto reader = co_await read_object(request);
  if (!reader) co_return forward_error(reader);
  auto reason = reader->text("reason").value_or("");
  if (auto finished = reader->finish(); !finished) co_return forward_error(finished);
  if (reason.empty()) co_return fail(ErrorKind::invalid, "Enter a reason; visitors see it in place of the shows.", "reason");
  co_return reason;
}

}  // namespace

std::span<const Route<TakedownsApi>> TakedownsApi::routes() noexcept {
  using enum http::Method;
  using enum accounts::Permission;
  static constexpr std::array kRoutes{
      Route<TakedownsApi>{post, "/api/v1/networks/{network}/resume", operate, Owner::network, &TakedownsApi::resume_network},
      Route<TakedownsApi>{post, "/api/v1/networks/{network}/suspend", operate, Owner::network, &TakedownsApi::suspend_network},
      Route<TakedownsApi>{post, "/api/v1/shows/{show}/resume", operate, Owner::show, &TakedownsApi::resume_show},
      Route<TakedownsApi>{post, "/api/v1/shows/{show}/suspend", operate, Owner::show, &TakedownsApi::suspend_show},
  };
  return kRoutes;
}

asio::awaitable<std::optional<http::Response>> TakedownsApi::answer(Asked& request, http::Allowed& allowed) {
  return dispatch_if_routed(routes(), *this, request, gate_.admission(), allowed);
}

asio::awaitable<http::Response> TakedownsApi::suspend_network(Request& request) {
  const auto reason = co_await reason_of(request);
  if (!reason) co_return http::problem(reason.error());
  const auto network = co_await takedowns_.suspend_network(request.caller, request.network, *reason);
  if (!network) co_return http::problem(network.error());
  co_return api::answer(200, document_of(*network), network->revision);
}

asio::awaitable<http::Response> TakedownsApi::resume_network(Request& request) {
  const auto network = co_await takedowns_.suspend_network(request.caller, request.network, "");
  if (!network) co_return http::problem(network.error());
  co_return api::answer(200, document_of(*network), network->revision);
}

asio::awaitable<http::Response> TakedownsApi::suspend_show(Request& request) {
  const auto reason = co_await reason_of(request);
  if (!reason) co_return http::problem(reason.error());
  const std::string slug(request.path_parameter("show"));
  const auto done = co_await takedowns_.suspend_show(request.caller, request.network, slug, *reason);
  if (!done) co_return http::problem(done.error());
  co_return api::answer(200, {{"slug", slug}, {"suspended", *reason}});
}

asio::awaitable<http::Response> TakedownsApi::resume_show(Request& request) {
  const std::string slug(request.path_parameter("show"));
  const auto done = co_await takedowns_.suspend_show(request.caller, request.network, slug, "");
  if (!done) co_return http::problem(done.error());
  co_return api::answer(200, {{"slug", slug}, {"suspended", nullptr}});
}

}  // namespace carillon::api
