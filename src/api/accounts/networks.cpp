// See networks.hpp.

#include "api/accounts/networks.hpp"

#include "api/accounts/accounts_documents.hpp"
#include "api/core/answers.hpp"
#include "api/core/object_reader.hpp"
#include "api/core/paging.hpp"

#include <boost/json/array.hpp>

#include <array>

namespace carillon::api {
namespace json = boost::json;

std::span<const Route<NetworksApi>> NetworksApi::routes() noexcept {
  using enum http::Method;
  using enum accounts::Permission;
  static constexpr std::array kRoutes{
      Route<NetworksApi>{get, "/api/v1/audit", manage, Owner::asked, &NetworksApi::list_audit},
      Route<NetworksApi>{get, "/api/v1/networks", signed_in, Owner::nobody, &NetworksApi::list},
      Route<NetworksApi>{post, "/api/v1/networks", operate, Owner::nobody, &NetworksApi::create},
      Route<NetworksApi>{get, "/api/v1/networks/{network}", view, Owner::network, &NetworksApi::get},
      Route<NetworksApi>{patch, "/api/v1/networks/{network}", own, Owner::network, &NetworksApi::edit},
  };
  return kRoutes;
}

asio::awaitable<std::optional<http::Response>> NetworksApi::answer(Asked& request, http::Allowed& allowed) {
  return dispatch_if_routed(routes(), *this, request, gate_.admission(), allowed);
}

asio::awaitable<http::Response> NetworksApi::list(Request& request) {
  const auto page = page_of(request);
  if (!page) co_return http::problem(page.error());
  auto networks = co_await networks_.list(request.caller, page->after, page->limit + 1);
  if (!networks) co_return http::problem(networks.error());
  const bool more = networks->size() > page->limit;
  if (more) networks->pop_back();
  json::array items;
  for (const auto& network : *networks) items.push_back(document_of(network));
  co_return api::answer(200, paged(std::move(items), networks->empty() ? "" : networks->back().slug, more));
}

asio::awaitable<http::Response> NetworksApi::create(Request& request) {
  auto reader = co_await read_object(request);
  if (!reader) co_return http::problem(reader.error());
  auto slug = reader->text("slug").value_or("");
  auto name = reader->text("name").value_or("");
  if (auto finished = reader->finish(); !finished) co_return http::problem(finished.error());
  const auto network = co_await networks_.create(request.caller, std::move(slug), std::move(name));
  if (!network) co_return http::problem(network.error());
  auto response = api::answer(201, document_of(*network), network->revision);
  response.fields.set("Location", "/api/v1/networks/" + network->slug);
  co_return response;
}

asio::awaitable<http::Response> NetworksApi::get(Request& request) {
  const auto network = co_await networks_.find(request.network);
  if (!network) co_return http::problem(network.error());
  co_return api::answer(200, document_of(*network), network->revision);
}

asio::awaitable<http::Response> NetworksApi::edit(Request& request) {
  const auto seen = seen_revision(request);
  if (!seen) co_return refusal(seen.error(), request);
  auto reader = co_await read_object(request);
  if (!reader) co_return http::problem(reader.error());
  accounts::NetworkEdit edit{.name = reader->text("name"),
                             .storage_quota = {},
                             .show_quota = reader->number("show_quota"),
                             .upload_quota = reader->number("upload_quota")};
  if (const auto bytes = reader->large_number("storage_quota")) edit.storage_quota = ByteCount{*bytes};
  if (auto finished = reader->finish(); !finished) co_return http::problem(finished.error());
  // What a network may use of the machine is the operator's to say.
  if ((edit.storage_quota || edit.show_quota || edit.upload_quota) && !request.caller.is_operator())
    co_return http::problem(403, "not-allowed", "Only the operator of this server can set quotas.",
                            edit.storage_quota ? "storage_quota"
                            : edit.show_quota  ? "show_quota"
                                               : "upload_quota");
  const auto network = co_await networks_.edit(request.caller, request.network, std::move(edit), *seen);
  if (!network) co_return refusal(network.error(), request);
  co_return api::answer(200, document_of(*network), network->revision);
}

asio::awaitable<http::Response> NetworksApi::list_audit(Request& request) {
  const auto page = page_of(request);
  if (!page) co_return http::problem(page.error());
  // Operators see everything unless they ask for one network.
  const bool every = request.caller.is_operator() && !request.query_parameter("network");
  auto lines = co_await networks_.audit(every ? std::nullopt : std::optional{request.network}, page->after, page->limit + 1);
  if (!lines) co_return http::problem(lines.error());
  const bool more = lines->size() > page->limit;
  if (more) lines->pop_back();
  json::array items;
  for (const auto& line : *lines) items.push_back(document_of(line));
  co_return api::answer(200, paged(std::move(items), lines->empty() ? "" : lines->back().id, more));
}

}  // namespace carillon::api
