// See advertisers.hpp.

#include "api/ads/advertisers.hpp"

#include "api/core/answers.hpp"
#include "api/core/object_reader.hpp"
#include "api/core/paging.hpp"

#include <boost/json/array.hpp>

#include <array>

namespace carillon::api {
namespace json = boost::json;
namespace {

json::object document_of(const ads::Advertiser& advertiser) {
  return {{"id", advertiser.id}, {"network", advertiser.network}, {"name", advertiser.name}, {"created", to_rfc3339(advertiser.created)}};
}
json::object document_of(const ads::Campaign& campaign) {
  return {{"id", campaign.id},
          {"network", campaign.network},
          {"advertiser", campaign.advertiser},
          {"name", campaign.name},
          {"created", to_rfc3339(campaign.created)}};
}

template <class Thing>
http::Response response_of(int status, const Result<Thing>& thing, std::string_view location = {}) {
  if (!thing) return http::problem(thing.error());
  auto response = answer(status, document_of(*thing));
  if (!location.empty()) response.fields.set("Location", std::string(location) + thing->id);
  return response;
}

http::Response removed(const Result<>& done) { return done ? http::Response{.status = 204} : http::problem(done.error()); }

/// One page; `found` has one more than that if there is a next one.
template <class Thing>
http::Response page_response(const Page& page, Result<std::vector<Thing>> found) {
  if (!found) return http::problem(found.error());
  const bool more = found->size() > page.limit;
  if (more) found->pop_back();
  json::array items;
  for (const auto& each : *found) items.push_back(document_of(each));
  return answer(200, paged(std::move(items), found->empty() ? "" : found->back().id, more));
}

/// Operators see everything unless they ask for one network.
std::optional<std::string> network_to_list(const Request& request) {
  if (request.caller.is_operator() && !request.query_parameter("network")) return {};
  return request.network;
}

/// The only field of an edit.
asio::awaitable<Result<std::string>> new_name(Request& request) {
  auto reader = co_await read_object(request);
  if (!reader) co_return forward_error(reader);
  auto name = reader->text("name");
  if (auto good = reader->finish(); !good) co_return std::unexpected(good.error());
  co_return name.value_or("");
}

std::string id_of(const Request& request) { return std::string(request.path_parameter("id")); }

}  // namespace

std::span<const Route<AdvertisersApi>> AdvertisersApi::routes() noexcept {
  using http::Method;
  using enum accounts::Permission;
  static constexpr std::array kRoutes{
      Route<AdvertisersApi>{Method::get, "/api/v1/advertisers", view, Owner::asked, &AdvertisersApi::list},
      Route<AdvertisersApi>{Method::post, "/api/v1/advertisers", advertise, Owner::asked, &AdvertisersApi::create},
      Route<AdvertisersApi>{Method::get, "/api/v1/advertisers/{id}", view, Owner::advertiser, &AdvertisersApi::get},
      Route<AdvertisersApi>{Method::patch, "/api/v1/advertisers/{id}", advertise, Owner::advertiser, &AdvertisersApi::edit},
      Route<AdvertisersApi>{Method::del, "/api/v1/advertisers/{id}", advertise, Owner::advertiser, &AdvertisersApi::remove},
      Route<AdvertisersApi>{Method::get, "/api/v1/campaigns", view, Owner::asked, &AdvertisersApi::list_campaigns},
      Route<AdvertisersApi>{Method::post, "/api/v1/campaigns", advertise, Owner::asked, &AdvertisersApi::create_campaign},
      Route<AdvertisersApi>{Method::get, "/api/v1/campaigns/{id}", view, Owner::campaign, &AdvertisersApi::get_campaign},
      Route<AdvertisersApi>{Method::patch, "/api/v1/campaigns/{id}", advertise, Owner::campaign, &AdvertisersApi::edit_campaign},
      Route<AdvertisersApi>{Method::del, "/api/v1/campaigns/{id}", advertise, Owner::campaign, &AdvertisersApi::remove_campaign},
  };
  return kRoutes;
}

asio::awaitable<std::optional<http::Response>> AdvertisersApi::answer(Asked& request, http::Allowed& allowed) {
  return dispatch_if_routed(routes(), *this, request, gate_.admission(), allowed);
}

asio::awaitable<http::Response> AdvertisersApi::list(Request& request) {
  const auto page = page_of(request);
  if (!page) co_return http::problem(page.error());
  co_return page_response(*page, co_await booking_.list_advertisers(network_to_list(request), page->after, page->limit + 1));
}

asio::awaitable<http::Response> AdvertisersApi::create(Request& request) {
  auto reader = co_await read_object(request);
  if (!reader) co_return http::problem(reader.error());
  auto name = reader->text("name");
  const auto network = reader->text("network").value_or(request.network);
  if (auto good = reader->finish(); !good) co_return http::problem(good.error());
  if (auto refused = co_await gate_.admit_to(network, accounts::Permission::advertise, request)) co_return std::move(*refused);
  co_return response_of(201, co_await booking_.create_advertiser(request.caller.actor(), request.network, name.value_or("")),
                        "/api/v1/advertisers/");
}

asio::awaitable<http::Response> AdvertisersApi::get(Request& request) {
  co_return response_of(200, co_await booking_.find_advertiser(id_of(request)));
}

asio::awaitable<http::Response> AdvertisersApi::edit(Request& request) {
  auto name = co_await new_name(request);
  if (!name) co_return http::problem(name.error());
  co_return response_of(200, co_await booking_.rename_advertiser(request.caller.actor(), id_of(request), std::move(*name)));
}

asio::awaitable<http::Response> AdvertisersApi::remove(Request& request) {
  co_return removed(co_await booking_.remove_advertiser(request.caller.actor(), id_of(request)));
}

asio::awaitable<http::Response> AdvertisersApi::list_campaigns(Request& request) {
  const auto page = page_of(request);
  if (!page) co_return http::problem(page.error());
  const std::string advertiser(request.query_parameter("advertiser").value_or(""));
  co_return page_response(*page, co_await booking_.list_campaigns(network_to_list(request), advertiser, page->after, page->limit + 1));
}

asio::awaitable<http::Response> AdvertisersApi::create_campaign(Request& request) {
  auto reader = co_await read_object(request);
  if (!reader) co_return http::problem(reader.error());
  auto name = reader->text("name");
  auto advertiser = reader->text("advertiser");
  const auto network = reader->text("network").value_or(request.network);
  if (auto good = reader->finish(); !good) co_return http::problem(good.error());
  if (auto refused = co_await gate_.admit_to(network, accounts::Permission::advertise, request)) co_return std::move(*refused);
  co_return response_of(
      201, co_await booking_.create_campaign(request.caller.actor(), request.network, name.value_or(""), advertiser.value_or("")),
      "/api/v1/campaigns/");
}

asio::awaitable<http::Response> AdvertisersApi::get_campaign(Request& request) {
  co_return response_of(200, co_await booking_.find_campaign(id_of(request)));
}

asio::awaitable<http::Response> AdvertisersApi::edit_campaign(Request& request) {
  auto name = co_await new_name(request);
  if (!name) co_return http::problem(name.error());
  co_return response_of(200, co_await booking_.rename_campaign(request.caller.actor(), id_of(request), std::move(*name)));
}

asio::awaitable<http::Response> AdvertisersApi::remove_campaign(Request& request) {
  co_return removed(co_await booking_.remove_campaign(request.caller.actor(), id_of(request)));
}

}  // namespace carillon::api
