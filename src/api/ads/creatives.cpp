// See creatives.hpp.

#include "api/ads/creatives.hpp"

#include "api/core/answers.hpp"
#include "api/core/job_document.hpp"
#include "api/core/object_reader.hpp"
#include "api/core/paging.hpp"
#include "audio/master.hpp"
#include "http/conditional.hpp"

#include <boost/json/array.hpp>

#include <array>

namespace carillon::api {
namespace json = boost::json;
namespace {

std::string id_of(const Request& request) { return std::string(request.path_parameter("id")); }

constexpr std::array<std::string_view, 1> kExpires{"expires"};
constexpr std::array<std::string_view, 1> kCategories{"categories"};

/// The fields that a new creative and an edit have in common.
Result<ads::CreativeEdit> edit_from(ObjectReader& reader) {
  ads::CreativeEdit edit;
  edit.name = reader.text("name");
  if (const auto kind = reader.text("kind")) {
    edit.kind = ads::creative_kind_from(*kind);
    if (!edit.kind) return fail(ErrorKind::invalid, "“kind” must be “produced” or “host_read”.", "kind");
  }
  if (const auto members = reader.members(kCategories); const auto* value = members.if_contains("categories")) {
    auto categories = ads::texts_from(value->is_null() ? json::value(json::array{}) : *value, "categories", ads::kMaxCategories);
    if (!categories) return forward_error(categories);
    edit.categories = std::move(*categories);
  }
  if (const auto members = reader.members(kExpires); const auto* value = members.if_contains("expires")) {
    edit.expires.emplace();
    if (!value->is_null()) {
      const auto moment =
          ads::moment_from(value->is_string() ? std::string_view(value->as_string()) : std::string_view{}, ads::DayPart::end, "expires");
      if (!moment) return std::unexpected(moment.error());
      edit.expires->emplace(*moment);
    }
  }
  return edit;
}

http::Response response_of(const Request& request, const Result<ads::BookedCreative>& creative) {
  if (!creative) return refusal(creative.error(), request);
  return answer(200, ads::document_of(*creative), creative->revision);
}

}  // namespace

std::span<const Route<CreativesApi>> CreativesApi::routes() noexcept {
  using http::Method;
  using enum accounts::Permission;
  static constexpr std::array kRoutes{
      Route<CreativesApi>{Method::get, "/api/v1/orders/{id}/creatives", view, Owner::order, &CreativesApi::list},
      Route<CreativesApi>{Method::post, "/api/v1/orders/{id}/creatives", advertise, Owner::order, &CreativesApi::add},
      Route<CreativesApi>{Method::get, "/api/v1/creatives/{id}", view, Owner::creative, &CreativesApi::get},
      Route<CreativesApi>{Method::patch, "/api/v1/creatives/{id}", advertise, Owner::creative, &CreativesApi::edit},
      Route<CreativesApi>{Method::del, "/api/v1/creatives/{id}", advertise, Owner::creative, &CreativesApi::remove},
      Route<CreativesApi>{Method::get, "/api/v1/creatives/{id}/audio", view, Owner::creative, &CreativesApi::audio},
  };
  return kRoutes;
}

asio::awaitable<std::optional<http::Response>> CreativesApi::answer(Asked& request, http::Allowed& allowed) {
  return dispatch_if_routed(routes(), *this, request, gate_.admission(), allowed);
}

asio::awaitable<http::Response> CreativesApi::list(Request& request) {
  const auto order = co_await booking_.find_order(id_of(request));
  if (!order) co_return http::problem(order.error());
  json::array items;
  for (const auto& creative : order->creatives) items.push_back(ads::document_of(creative));
  // At most ads::kMaxCreatives, so there is one page.
  co_return api::answer(200, paged(std::move(items), "", false));
}

asio::awaitable<http::Response> CreativesApi::add(Request& request) {
  auto reader = co_await read_object(request);
  if (!reader) co_return http::problem(reader.error());
  const auto upload = reader->text("upload");
  auto fields = edit_from(*reader);
  if (!fields) co_return http::problem(fields.error());
  if (auto good = reader->finish(); !good) co_return http::problem(good.error());
  if (!upload || upload->empty())
    co_return http::problem(Error{ErrorKind::invalid, "“upload” must be the ID of a finished upload.", "upload"});
  ads::NewCreative creative{.name = fields->name.value_or(""),
                            .upload = *upload,
                            .kind = fields->kind.value_or(ads::CreativeKind::produced),
                            .categories = fields->categories.value_or(std::vector<std::string>{}),
                            .expires = fields->expires.value_or(std::nullopt)};
  auto added = co_await booking_.add_creative(request.caller.actor(), id_of(request), std::move(creative));
  if (!added) co_return http::problem(added.error());
  auto document = document_of(added->job);
  document["creative"] = added->creative.creative.id;
  auto response = api::answer(202, document);
  response.fields.set("Location", "/api/v1/creatives/" + added->creative.creative.id);
  co_return response;
}

asio::awaitable<http::Response> CreativesApi::get(Request& request) {
  co_return response_of(request, co_await booking_.find_creative(id_of(request)));
}

asio::awaitable<http::Response> CreativesApi::edit(Request& request) {
  const auto seen = seen_revision(request);
  if (!seen) co_return refusal(seen.error(), request);
  auto reader = co_await read_object(request);
  if (!reader) co_return http::problem(reader.error());
  auto edit = edit_from(*reader);
  if (!edit) co_return http::problem(edit.error());
  if (auto good = reader->finish(); !good) co_return http::problem(good.error());
  co_return response_of(request, co_await booking_.edit_creative(request.caller.actor(), id_of(request), std::move(*edit), *seen));
}

asio::awaitable<http::Response> CreativesApi::remove(Request& request) {
  const auto removed = co_await booking_.remove_creative(request.caller.actor(), id_of(request));
  if (!removed) co_return http::problem(removed.error());
  co_return http::Response{.status = 204};
}

asio::awaitable<http::Response> CreativesApi::audio(Request& request) {
  const auto found = co_await booking_.audio(id_of(request));
  if (!found) co_return http::problem(found.error());
  http::Representation audio;
  audio.body = found->second;
  audio.etag = "\"" + found->first.frames.hex() + "\"";
  audio.content_type = audio::kMediaType;
  audio.cache_control = "private, no-cache";
  audio.ranges = true;
  co_return http::represent(request, std::move(audio));
}

}  // namespace carillon::api
