// See orders.hpp.

#include "api/ads/orders.hpp"

#include "api/core/answers.hpp"
#include "api/core/object_reader.hpp"
#include "api/core/paging.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>

#include <array>

namespace carillon::api {
namespace json = boost::json;
namespace {

std::string id_of(const Request& request) { return std::string(request.path_parameter("id")); }

/// The request body, whose fields are read in ads/model.
asio::awaitable<Result<json::object>> read_document(Request& request) {
  const auto text = co_await request.body->read_all(ByteCount{kLargestDocument});
  if (!text) co_return std::unexpected(text.error());
  json::error_code wrong;
  json::parse_options options;
  options.max_depth = kDeepestDocument;
  auto value = json::parse(text->empty() ? std::string_view{"{}"} : std::string_view{*text}, wrong, {}, options);
  if (wrong) co_return fail(ErrorKind::invalid, "The request body is not valid JSON: " + wrong.message() + ".");
  if (!value.is_object()) co_return fail(ErrorKind::invalid, "The request body must be a JSON object.");
  co_return std::move(value.as_object());
}

asio::awaitable<Result<ads::OrderEdit>> read_order(Request& request) {
  const auto document = co_await read_document(request);
  if (!document) co_return std::unexpected(document.error());
  co_return ads::order_edit_from(*document);
}

ads::Targets named(ads::Targets targets, const std::map<std::string, std::string>& slugs) {
  for (auto* shows : {&targets.only.shows, &targets.except.shows}) {
    for (auto& show : *shows) {
      if (const auto known = slugs.find(show); known != slugs.end()) show = known->second;
    }
  }
  return targets;
}

}  // namespace

std::span<const Route<OrdersApi>> OrdersApi::routes() noexcept {
  using http::Method;
  using enum accounts::Permission;
  static constexpr std::array kRoutes{
      Route<OrdersApi>{Method::get, "/api/v1/campaigns/{id}/orders", view, Owner::campaign, &OrdersApi::list},
      Route<OrdersApi>{Method::post, "/api/v1/campaigns/{id}/orders", advertise, Owner::campaign, &OrdersApi::create},
      Route<OrdersApi>{Method::get, "/api/v1/orders/{id}", view, Owner::order, &OrdersApi::get},
      Route<OrdersApi>{Method::patch, "/api/v1/orders/{id}", advertise, Owner::order, &OrdersApi::edit},
      Route<OrdersApi>{Method::del, "/api/v1/orders/{id}", advertise, Owner::order, &OrdersApi::remove},
      Route<OrdersApi>{Method::post, "/api/v1/orders/{id}/approve", advertise, Owner::order, &OrdersApi::approve},
      Route<OrdersApi>{Method::get, "/api/v1/shows/{show}/ad-rules", view, Owner::show, &OrdersApi::get_rules},
      Route<OrdersApi>{Method::put, "/api/v1/shows/{show}/ad-rules", publish, Owner::show, &OrdersApi::set_rules},
  };
  return kRoutes;
}

asio::awaitable<std::optional<http::Response>> OrdersApi::answer(Asked& request, http::Allowed& allowed) {
  return dispatch_if_routed(routes(), *this, request, gate_.admission(), allowed);
}

asio::awaitable<Result<std::vector<json::object>>> OrdersApi::documents_of(std::vector<ads::FoundOrder> orders) {
  std::vector<std::string> ids;
  for (const auto& found : orders) {
    for (const auto* shows : {&found.order.targets.only.shows, &found.order.targets.except.shows})
      ids.insert(ids.end(), shows->begin(), shows->end());
  }
  const auto slugs = co_await booking_.slugs(std::move(ids));
  if (!slugs) co_return std::unexpected(slugs.error());
  const auto now = clock_.now();
  std::vector<json::object> documents;
  for (const auto& [order, creatives] : orders) {
    auto document = ads::document_of(order, ads::state_at(order, now));
    document["targets"] = ads::document_of(named(order.targets, *slugs));
    json::array items;
    for (const auto& creative : creatives) items.push_back(ads::document_of(creative));
    document["creatives"] = std::move(items);
    documents.push_back(std::move(document));
  }
  co_return documents;
}

asio::awaitable<http::Response> OrdersApi::response_of(int status, const Request& request, Result<ads::FoundOrder> order) {
  if (!order) {
    // A conflict about a field isn't one with someone else's change.
    co_return order.error().field.empty() ? refusal(order.error(), request) : http::problem(order.error());
  }
  const auto revision = order->order.revision;
  const auto id = order->order.id;
  std::vector<ads::FoundOrder> one;
  one.push_back(std::move(*order));
  const auto documents = co_await documents_of(std::move(one));
  if (!documents) co_return http::problem(documents.error());
  auto response = api::answer(status, documents->front(), revision);
  if (status == 201) response.fields.set("Location", "/api/v1/orders/" + id);
  co_return response;
}

asio::awaitable<http::Response> OrdersApi::list(Request& request) {
  const auto page = page_of(request);
  if (!page) co_return http::problem(page.error());
  auto found = co_await booking_.list_orders(id_of(request), page->after, page->limit + 1);
  if (!found) co_return http::problem(found.error());
  const bool more = found->size() > page->limit;
  if (more) found->pop_back();
  const std::string last = found->empty() ? "" : found->back().order.id;
  auto documents = co_await documents_of(std::move(*found));
  if (!documents) co_return http::problem(documents.error());
  json::array items;
  for (auto& document : *documents) items.push_back(std::move(document));
  co_return api::answer(200, paged(std::move(items), last, more));
}

asio::awaitable<http::Response> OrdersApi::create(Request& request) {
  auto terms = co_await read_order(request);
  if (!terms) co_return http::problem(terms.error());
  co_return co_await response_of(201, request, co_await booking_.create_order(request.caller.actor(), id_of(request), std::move(*terms)));
}

asio::awaitable<http::Response> OrdersApi::get(Request& request) {
  co_return co_await response_of(200, request, co_await booking_.find_order(id_of(request)));
}

asio::awaitable<http::Response> OrdersApi::edit(Request& request) {
  const auto seen = seen_revision(request);
  if (!seen) co_return refusal(seen.error(), request);
  auto edit = co_await read_order(request);
  if (!edit) co_return http::problem(edit.error());
  co_return co_await response_of(200, request,
                                 co_await booking_.edit_order(request.caller.actor(), id_of(request), std::move(*edit), *seen));
}

asio::awaitable<http::Response> OrdersApi::remove(Request& request) {
  const auto removed = co_await booking_.remove_order(request.caller.actor(), id_of(request));
  if (!removed) co_return http::problem(removed.error());
  co_return http::Response{.status = 204};
}

asio::awaitable<http::Response> OrdersApi::approve(Request& request) {
  const auto seen = seen_revision(request);
  if (!seen) co_return refusal(seen.error(), request);
  co_return co_await response_of(200, request, co_await booking_.approve_order(request.caller.actor(), id_of(request), *seen));
}

asio::awaitable<http::Response> OrdersApi::get_rules(Request& request) {
  const auto rules = co_await booking_.show_rules(std::string(request.path_parameter("show")));
  if (!rules) co_return http::problem(rules.error());
  co_return api::answer(200, ads::document_of(*rules));
}

asio::awaitable<http::Response> OrdersApi::set_rules(Request& request) {
  const auto document = co_await read_document(request);
  if (!document) co_return http::problem(document.error());
  auto rules = ads::show_rules_from(*document);
  if (!rules) co_return http::problem(rules.error());
  const auto set = co_await booking_.set_show_rules(request.caller.actor(), std::string(request.path_parameter("show")), std::move(*rules));
  if (!set) co_return http::problem(set.error());
  co_return api::answer(200, ads::document_of(*set));
}

}  // namespace carillon::api
