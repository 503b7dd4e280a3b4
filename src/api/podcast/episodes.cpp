// See episodes.hpp.

#include "api/podcast/episodes.hpp"

#include "api/core/answers.hpp"
#include "api/core/paging.hpp"
#include "api/podcast/document.hpp"
#include "base/text.hpp"

#include <boost/json/array.hpp>

#include <array>

namespace carillon::api {
namespace json = boost::json;

namespace {

/// What a list's query string asks for.
Result<podcast::EpisodeListWish> list_wish_of(const http::Request& request) {
  auto page = page_of(request);
  if (!page) return forward_error(page);
  auto states = podcast::episode_states_from(request.query_parameter("state").value_or(""));
  if (!states) return forward_error(states);
  auto search = podcast::episode_search_from(request.query_parameter("search").value_or(""));
  if (!search) return forward_error(search);
  const auto order = podcast::episode_order_from(request.query_parameter("sort").value_or("newest"));
  if (!order) return fail(ErrorKind::invalid, "“sort” must be newest, oldest or title.", "sort");
  podcast::EpisodeListWish name_options{.states = std::move(*states),
                                        .search = std::move(*search),
                                        .deleted = request.query_parameter("deleted") == "true",
                                        .order = *order,
                                        .limit = page->limit};
  if (!page->after.empty()) {
    name_options.after = podcast::episode_place_from(page->after);
    if (!name_options.after || name_options.after->order != name_options.order)
      return fail(ErrorKind::invalid, "“cursor” must be the “next” value of an earlier response with the same “sort”, unchanged.",
                  "cursor");
  }
  return name_options;
}

}  // namespace

std::span<const Route<EpisodesApi>> EpisodesApi::routes() noexcept {
  using enum http::Method;
  using enum accounts::Permission;
  static constexpr std::array kRoutes{
      Route<EpisodesApi>{get, "/api/v1/episodes/{id}", view, Owner::episode, &EpisodesApi::get},
      Route<EpisodesApi>{patch, "/api/v1/episodes/{id}", publish, Owner::episode, &EpisodesApi::edit},
      Route<EpisodesApi>{del, "/api/v1/episodes/{id}", publish, Owner::episode, &EpisodesApi::remove},
      Route<EpisodesApi>{post, "/api/v1/episodes/{id}/publish", publish, Owner::episode, &EpisodesApi::publish},
      Route<EpisodesApi>{post, "/api/v1/episodes/{id}/restore", publish, Owner::episode, &EpisodesApi::restore},
      Route<EpisodesApi>{post, "/api/v1/episodes/{id}/unpublish", publish, Owner::episode, &EpisodesApi::unpublish},
      Route<EpisodesApi>{get, "/api/v1/shows/{show}/episodes", view, Owner::show, &EpisodesApi::list},
      Route<EpisodesApi>{post, "/api/v1/shows/{show}/episodes", publish, Owner::show, &EpisodesApi::create},
  };
  return kRoutes;
}

asio::awaitable<std::optional<http::Response>> EpisodesApi::answer(Asked& request, http::Allowed& allowed) {
  return dispatch_if_routed(routes(), *this, request, gate_.admission(), allowed);
}

asio::awaitable<http::Response> EpisodesApi::list(Request& request) {
  const std::string slug(request.path_parameter("show"));
  const auto show = co_await publishing_.shows.find(slug);
  if (!show) co_return http::problem(show.error());
  const auto name_options = list_wish_of(request);
  if (!name_options) co_return http::problem(name_options.error());
  const auto list = co_await publishing_.episodes.list(slug, *name_options);
  if (!list) co_return http::problem(list.error());
  json::array items;
  for (const auto& episode : list->episodes) items.push_back(document_of(episode, *show, addresses_));
  auto document = paged(std::move(items), list->next ? podcast::text_of(*list->next) : "", list->next.has_value());
  document["total"] = list->total;
  co_return api::answer(200, document);
}

asio::awaitable<http::Response> EpisodesApi::create(Request& request) {
  const auto text = co_await request.body->read_all(ByteCount{kLargestDocument});
  if (!text) co_return http::problem(text.error());
  auto reader = ObjectReader::parse(*text);
  if (!reader) co_return http::problem(reader.error());
  auto edit = episode_edit_from(*reader);
  if (!edit) co_return http::problem(edit.error());
  const auto show = co_await publishing_.shows.find(std::string(request.path_parameter("show")));
  if (!show) co_return http::problem(show.error());
  const auto made = co_await publishing_.episodes.create(request.caller.actor(), show->slug, std::move(*edit));
  auto response = answers_.of_act(201, made, *show);
  if (made) response.fields.set("Location", "/api/v1/episodes/" + made->id);
  co_return response;
}

asio::awaitable<http::Response> EpisodesApi::get(Request& request) {
  co_return co_await answers_.answer(200, co_await publishing_.episodes.find(std::string(request.path_parameter("id"))));
}

asio::awaitable<http::Response> EpisodesApi::edit(Request& request) {
  const auto seen = seen_revision(request);
  if (!seen) co_return refusal(seen.error(), request);
  const auto text = co_await request.body->read_all(ByteCount{kLargestDocument});
  if (!text) co_return http::problem(text.error());
  auto reader = ObjectReader::parse(*text);
  if (!reader) co_return http::problem(reader.error());
  auto edit = episode_edit_from(*reader);
  if (!edit) co_return http::problem(edit.error());
  const std::string id(request.path_parameter("id"));
  const auto show = co_await answers_.show_of(id);
  if (!show) co_return http::problem(show.error());
  auto episode = co_await publishing_.episodes.edit(request.caller.actor(), id, *edit, *seen);
  if (!episode) co_return co_await answers_.refusal(request, id, episode.error(), std::move(*edit));
  co_return answers_.of_act(200, episode, *show);
}

asio::awaitable<http::Response> EpisodesApi::remove(Request& request) {
  const auto deleted = co_await publishing_.episodes.remove(request.caller.actor(), std::string(request.path_parameter("id")));
  if (!deleted) co_return http::problem(deleted.error());
  co_return http::Response{.status = 204};
}

asio::awaitable<http::Response> EpisodesApi::restore(Request& request) {
  const std::string id(request.path_parameter("id"));
  const auto show = co_await answers_.show_of(id);
  if (!show) co_return http::problem(show.error());
  co_return answers_.of_act(200, co_await publishing_.episodes.restore(request.caller.actor(), id), *show);
}

asio::awaitable<http::Response> EpisodesApi::publish(Request& request) {
  const auto text = co_await request.body->read_all(ByteCount{kLargestDocument});
  if (!text) co_return http::problem(text.error());
  auto reader = ObjectReader::parse(*text);
  if (!reader) co_return http::problem(reader.error());
  const auto at = reader->text("at");
  if (auto finished = reader->finish(); !finished) co_return http::problem(finished.error());
  std::optional<Time> when;
  if (at) {
    const auto parsed = parse_rfc3339(*at);
    if (!parsed)
      co_return http::problem(422, "invalid", "“at” must be a date and time with an offset, e.g. 2026-12-24T18:00:00+01:00.", "at");
    when = *parsed;
  }
  const std::string id(request.path_parameter("id"));
  const auto show = co_await answers_.show_of(id);
  if (!show) co_return http::problem(show.error());
  co_return answers_.of_act(200, co_await publishing_.episodes.publish(request.caller.actor(), id, when), *show);
}

asio::awaitable<http::Response> EpisodesApi::unpublish(Request& request) {
  const std::string id(request.path_parameter("id"));
  const auto show = co_await answers_.show_of(id);
  if (!show) co_return http::problem(show.error());
  co_return answers_.of_act(200, co_await publishing_.episodes.unpublish(request.caller.actor(), id), *show);
}

}  // namespace carillon::api
