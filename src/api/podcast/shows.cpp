// See shows.hpp.

#include "api/podcast/shows.hpp"

#include "api/core/answers.hpp"
#include "api/core/paging.hpp"
#include "api/podcast/document.hpp"
#include "podcast/model/categories.hpp"

#include <boost/json/array.hpp>

#include <array>

namespace carillon::api {
namespace json = boost::json;

std::span<const Route<ShowsApi>> ShowsApi::routes() noexcept {
  using enum http::Method;
  using enum accounts::Permission;
  static constexpr std::array kRoutes{
      Route<ShowsApi>{get, "/api/v1/categories", signed_in, Owner::nobody, &ShowsApi::list_categories},
      Route<ShowsApi>{get, "/api/v1/shows", view, Owner::asked, &ShowsApi::list},
      Route<ShowsApi>{post, "/api/v1/shows", publish, Owner::asked, &ShowsApi::create},
      Route<ShowsApi>{get, "/api/v1/shows/{show}", view, Owner::show, &ShowsApi::get},
      Route<ShowsApi>{patch, "/api/v1/shows/{show}", publish, Owner::show, &ShowsApi::edit},
      Route<ShowsApi>{del, "/api/v1/shows/{show}", publish, Owner::show, &ShowsApi::remove},
      Route<ShowsApi>{get, "/api/v1/shows/{show}/check", view, Owner::show, &ShowsApi::check},
      Route<ShowsApi>{put, "/api/v1/shows/{show}/image", publish, Owner::show, &ShowsApi::set_image},
      Route<ShowsApi>{post, "/api/v1/shows/{show}/restore", publish, Owner::show, &ShowsApi::restore},
  };
  return kRoutes;
}

asio::awaitable<std::optional<http::Response>> ShowsApi::answer(Asked& request, http::Allowed& allowed) {
  return dispatch_if_routed(routes(), *this, request, gate_.admission(), allowed);
}

http::Response ShowsApi::show_answer(int status, Result<podcast::Show> show) const {
  if (!show) return http::problem(show.error());
  return api::answer(status, document_of(*show, addresses_), show->revision);
}

asio::awaitable<http::Response> ShowsApi::list(Request& request) {
  const auto page = page_of(request);
  if (!page) co_return http::problem(page.error());
  // Operators see everything unless they ask for one network.
  const bool every = request.caller.is_operator() && !request.query_parameter("network");
  const auto network = every ? std::nullopt : std::optional{request.network};
  const bool deleted = request.query_parameter("deleted") == "true";
  auto shows = deleted ? co_await publishing_.shows.deleted(network, page->after, page->limit + 1)
                       : co_await publishing_.shows.list(network, page->after, page->limit + 1);
  if (!shows) co_return http::problem(shows.error());
  const bool more = shows->size() > page->limit;
  if (more) shows->pop_back();
  json::array items;
  for (const auto& show : *shows) items.push_back(document_of(show, addresses_));
  co_return api::answer(200, paged(std::move(items), shows->empty() ? "" : shows->back().slug, more));
}

asio::awaitable<http::Response> ShowsApi::create(Request& request) {
  const auto text = co_await request.body->read_all(ByteCount{kLargestDocument});
  if (!text) co_return http::problem(text.error());
  auto reader = ObjectReader::parse(*text);
  if (!reader) co_return http::problem(reader.error());

  const auto slug = reader->text("slug").value_or("");
  const auto network = reader->text("network").value_or(request.network);
  auto edit = show_edit_from(*reader);
  if (!edit) co_return http::problem(edit.error());
  const auto format = edit->format.value_or(audio::Format{});
  if (auto refused = co_await gate_.admit_to(network, accounts::Permission::publish, request)) co_return std::move(*refused);
  if (auto refused = co_await quotas_.refuse_show(request.network)) co_return std::move(*refused);
  auto response =
      show_answer(201, co_await publishing_.shows.create(request.caller.actor(), request.network, slug, std::move(*edit), format));
  if (response.status == 201) response.fields.set("Location", "/api/v1/shows/" + slug);
  co_return response;
}

asio::awaitable<http::Response> ShowsApi::get(Request& request) {
  co_return show_answer(200, co_await publishing_.shows.find(std::string(request.path_parameter("show"))));
}

asio::awaitable<http::Response> ShowsApi::edit(Request& request) {
  const auto seen = seen_revision(request);
  if (!seen) co_return refusal(seen.error(), request);
  const auto text = co_await request.body->read_all(ByteCount{kLargestDocument});
  if (!text) co_return http::problem(text.error());
  auto reader = ObjectReader::parse(*text);
  if (!reader) co_return http::problem(reader.error());
  auto new_slug = reader->text("slug");
  auto edit = show_edit_from(*reader);
  if (!edit) co_return http::problem(edit.error());
  edit->slug = std::move(new_slug);
  const std::string slug(request.path_parameter("show"));
  auto show = co_await publishing_.shows.edit(request.caller.actor(), slug, *edit, *seen);
  if (!show && show.error().kind == ErrorKind::conflict && request.fields.get("If-Match")) {
    const auto now = co_await publishing_.shows.find(slug);
    if (!now) co_return refusal(now.error(), request);
    auto wanted = *now;
    podcast::apply(std::move(*edit), wanted);
    co_return changed_meanwhile(show.error(), differences(document_of(wanted, addresses_), document_of(*now, addresses_)), now->revision);
  }
  if (!show) co_return refusal(show.error(), request);
  if (show->slug != slug) co_await domains_.show_moved();
  co_return show_answer(200, std::move(show));
}

asio::awaitable<http::Response> ShowsApi::remove(Request& request) {
  const bool with_episodes = request.query_parameter("with_episodes") == "true";
  const auto deleted =
      co_await publishing_.shows.remove(request.caller.actor(), std::string(request.path_parameter("show")), with_episodes);
  if (!deleted) co_return http::problem(deleted.error());
  co_return http::Response{.status = 204};
}

asio::awaitable<http::Response> ShowsApi::restore(Request& request) {
  co_return show_answer(200, co_await publishing_.shows.restore(request.caller.actor(), std::string(request.path_parameter("show"))));
}

asio::awaitable<http::Response> ShowsApi::check(Request& request) {
  const auto findings = co_await publishing_.shows.directory_findings(request.caller.actor(), std::string(request.path_parameter("show")));
  if (!findings) co_return http::problem(findings.error());
  json::array items;
  for (const auto& finding : *findings) {
    items.push_back(json::object{{"field", finding.field},
                                 {"episode", finding.episode.empty() ? json::value(nullptr) : json::value(finding.episode)},
                                 {"directory", finding.directory},
                                 {"severity", podcast::name_of(finding.severity)},
                                 {"sentence", finding.sentence}});
  }
  co_return api::answer(200, {{"items", std::move(items)}});
}

asio::awaitable<http::Response> ShowsApi::set_image(Request& request) {
  const auto fit = podcast::cover_fit_of(request.query_parameter("fit").value_or(""));
  if (!fit) co_return http::problem(fit.error());
  auto bytes = co_await request.body->read_all(podcast::kLargestPicture);
  if (!bytes) co_return http::problem(bytes.error());
  co_return show_answer(200, co_await publishing_.shows.set_cover(request.caller.actor(), std::string(request.path_parameter("show")),
                                                                  std::move(*bytes), *fit));
}

asio::awaitable<http::Response> ShowsApi::list_categories(Request& /*request*/) {
  json::array items;
  for (const auto& [name, subs] : podcast::known_categories())
    items.push_back(json::object{{"name", name}, {"subs", json::array(subs.begin(), subs.end())}});
  co_return api::answer(200, {{"items", std::move(items)}});
}

}  // namespace carillon::api
