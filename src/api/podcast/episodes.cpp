// /api/v1/episodes, and a show's list of them.

#include "podcast/store/episodes.hpp"
#include "api/core/answers.hpp"
#include "api/core/paging.hpp"
#include "api/podcast/api.hpp"
#include "api/podcast/document.hpp"
#include "api/podcast/episode_answer.hpp"
#include "base/text.hpp"
#include "podcast/store/owners.hpp"
#include "podcast/store/shows.hpp"

#include <boost/json/array.hpp>

namespace carillon::api {
namespace json = boost::json;

namespace {

/// What a list's query string asks for.
Result<podcast::EpisodeListWish> list_wish_of(const http::Request& request) {
  auto page = page_of(request);
  if (!page) return passed_on(page);
  auto states = podcast::episode_states_from(request.query_parameter("state").value_or(""));
  if (!states) return passed_on(states);
  auto search = podcast::episode_search_from(request.query_parameter("search").value_or(""));
  if (!search) return passed_on(search);
  const auto order = podcast::episode_order_from(request.query_parameter("sort").value_or("newest"));
  if (!order) return fail(ErrorKind::invalid, "“sort” must be newest, oldest or title.", "sort");
  podcast::EpisodeListWish wish{.states = std::move(*states),
                                .search = std::move(*search),
                                .deleted = request.query_parameter("deleted") == "true",
                                .order = *order,
                                .limit = page->limit};
  if (!page->after.empty()) {
    wish.after = podcast::episode_place_from(page->after);
    if (!wish.after || wish.after->order != wish.order)
      return fail(ErrorKind::invalid, "“cursor” must be the “next” of an earlier answer to the same “sort”, unchanged.", "cursor");
  }
  return wish;
}

/// What new audio means for those who have the old one.
json::object consequences_of(const podcast::Episode& episode) {
  return {{"guid", episode.guid},
          {"published", to_rfc3339(*episode.published)},
          {"replaced_etag", "\"" + episode.frozen->whole.hex() + "\""},
          {"replaced_bytes", episode.frozen->prefix_length.value + episode.master->frames_length.value},
          {"sentence",
           "GUID, address and pubDate stay. When the new audio is ready, length, duration, ETag and Last-Modified change: whoever "
           "downloads from "
           "then on gets the new recording, apps that have the old one keep it."}};
}

}  // namespace

asio::awaitable<Result<podcast::Show>> show_of_episode(db::Database& database, std::string episode_id) {
  co_return co_await database.read([&](db::Session& session) -> Result<podcast::Show> {
    const auto episode = podcast::queries::episode_even_deleted(session, episode_id);
    if (!episode) return podcast::no_such_episode(episode_id);
    auto show = podcast::queries::show_with_id_even_deleted(session, episode->show_id);
    if (!show) return podcast::no_such_episode(episode_id);
    return std::move(*show);
  });
}

http::Response answer_of_act(int status, const Result<podcast::Episode>& episode, const podcast::Show& show,
                             const podcast::Addresses& addresses) {
  if (!episode) return http::problem(episode.error());
  return api::answer(status, document_of(*episode, show, addresses), episode->revision);
}

asio::awaitable<http::Response> Api::episode_answer(int status, Result<podcast::Episode> episode) {
  if (!episode) co_return http::problem(episode.error());
  const auto show = co_await publishing_.show_with_id(episode->show_id);
  if (!show) co_return http::problem(show.error());
  co_return api::answer(status, document_of(*episode, *show, addresses_), episode->revision);
}

asio::awaitable<http::Response> Api::episode_refusal(http::Request& request, std::string id, Error error, podcast::EpisodeEdit edit) {
  if (error.kind != ErrorKind::conflict || !request.fields.get("If-Match")) co_return refusal(error, request);
  const auto now = co_await publishing_.episode(id);
  if (!now) co_return refusal(now.error(), request);
  const auto show = co_await publishing_.show_with_id(now->show_id);
  if (!show) co_return refusal(show.error(), request);
  auto wanted = *now;
  podcast::apply(std::move(edit), wanted);
  co_return changed_meanwhile(error, differences(document_of(wanted, *show, addresses_), document_of(*now, *show, addresses_)),
                              now->revision);
}

asio::awaitable<http::Response> Api::list_episodes(http::Request& request) {
  const std::string slug(request.path_parameter("show"));
  const auto show = co_await publishing_.show(slug);
  if (!show) co_return http::problem(show.error());
  const auto wish = list_wish_of(request);
  if (!wish) co_return http::problem(wish.error());
  const auto list = co_await publishing_.episodes(slug, *wish);
  if (!list) co_return http::problem(list.error());
  json::array items;
  for (const auto& episode : list->episodes) items.push_back(document_of(episode, *show, addresses_));
  auto document = paged(std::move(items), list->next ? podcast::text_of(*list->next) : "", list->next.has_value());
  document["total"] = list->total;
  co_return api::answer(200, document);
}

asio::awaitable<http::Response> Api::create_episode(http::Request& request) {
  const auto text = co_await request.body->read_all(ByteCount{kLargestDocument});
  if (!text) co_return http::problem(text.error());
  auto reader = ObjectReader::parse(*text);
  if (!reader) co_return http::problem(reader.error());
  auto edit = episode_edit_from(*reader);
  if (!edit) co_return http::problem(edit.error());
  const auto show = co_await publishing_.show(std::string(request.path_parameter("show")));
  if (!show) co_return http::problem(show.error());
  const auto made = co_await publishing_.create_episode(request.caller.actor(), show->slug, std::move(*edit));
  auto response = answer_of_act(201, made, *show, addresses_);
  if (made) response.fields.set("Location", "/api/v1/episodes/" + made->id);
  co_return response;
}

asio::awaitable<http::Response> Api::get_episode(http::Request& request) {
  co_return co_await episode_answer(200, co_await publishing_.episode(std::string(request.path_parameter("id"))));
}

asio::awaitable<http::Response> Api::edit_episode(http::Request& request) {
  const auto seen = seen_revision(request);
  if (!seen) co_return refusal(seen.error(), request);
  const auto text = co_await request.body->read_all(ByteCount{kLargestDocument});
  if (!text) co_return http::problem(text.error());
  auto reader = ObjectReader::parse(*text);
  if (!reader) co_return http::problem(reader.error());
  auto edit = episode_edit_from(*reader);
  if (!edit) co_return http::problem(edit.error());
  const std::string id(request.path_parameter("id"));
  const auto show = co_await show_of_episode(database_, id);
  if (!show) co_return http::problem(show.error());
  auto episode = co_await publishing_.edit_episode(request.caller.actor(), id, *edit, *seen);
  if (!episode) co_return co_await episode_refusal(request, id, episode.error(), std::move(*edit));
  co_return answer_of_act(200, episode, *show, addresses_);
}

asio::awaitable<http::Response> Api::delete_episode(http::Request& request) {
  const auto deleted = co_await publishing_.delete_episode(request.caller.actor(), std::string(request.path_parameter("id")));
  if (!deleted) co_return http::problem(deleted.error());
  co_return http::Response{.status = 204};
}

asio::awaitable<http::Response> Api::restore_episode(http::Request& request) {
  const std::string id(request.path_parameter("id"));
  const auto show = co_await show_of_episode(database_, id);
  if (!show) co_return http::problem(show.error());
  co_return answer_of_act(200, co_await publishing_.restore_episode(request.caller.actor(), id), *show, addresses_);
}

asio::awaitable<Result<std::string>> Api::chosen_upload(http::Request& request) {
  auto reader = co_await read_object(request);
  if (!reader) co_return passed_on(reader);
  const auto upload = reader->text("upload");
  if (auto finished = reader->finish(); !finished) co_return passed_on(finished);
  if (!upload) co_return fail(ErrorKind::invalid, "“upload” must name a finished upload.", "upload");
  // What another network uploaded does not exist here, also for somebody who belongs to both.
  const auto owner = co_await database_.read([&](db::Session& session) { return uploads::network_of_upload(session, *upload); });
  if (!owner) co_return std::unexpected(owner.error());
  if (*owner && **owner != request.network && !request.caller.sees_everything()) co_return uploads::no_such_upload(*upload);
  co_return *upload;
}

asio::awaitable<http::Response> Api::set_audio(http::Request& request) {
  const auto upload = co_await chosen_upload(request);
  if (!upload) co_return http::problem(upload.error());
  const std::string episode_id(request.path_parameter("id"));
  const auto before = co_await publishing_.episode(episode_id);
  if (!before) co_return http::problem(before.error());
  const auto job = co_await publishing_.attach_audio(request.caller.actor(), episode_id, *upload);
  if (!job) co_return http::problem(job.error());
  auto document = document_of(*job);
  if (before->published && before->master && before->frozen) document["listeners"] = consequences_of(*before);
  co_return api::answer(202, document);
}

asio::awaitable<http::Response> Api::set_episode_image(http::Request& request) {
  auto upload = co_await chosen_upload(request);
  if (!upload) co_return http::problem(upload.error());
  const std::string id(request.path_parameter("id"));
  const auto show = co_await show_of_episode(database_, id);
  if (!show) co_return http::problem(show.error());
  co_return answer_of_act(200, co_await publishing_.set_episode_cover(request.caller.actor(), id, std::move(*upload)), *show, addresses_);
}

asio::awaitable<http::Response> Api::remove_episode_image(http::Request& request) {
  const std::string id(request.path_parameter("id"));
  const auto show = co_await show_of_episode(database_, id);
  if (!show) co_return http::problem(show.error());
  co_return answer_of_act(200, co_await publishing_.remove_episode_cover(request.caller.actor(), id), *show, addresses_);
}

asio::awaitable<http::Response> Api::get_waveform(http::Request& request) {
  const auto waveform = co_await publishing_.waveform(std::string(request.path_parameter("id")));
  if (!waveform) co_return http::problem(waveform.error());
  json::array peaks;
  peaks.reserve(waveform->peaks.size());
  for (const auto peak : waveform->peaks) peaks.push_back(peak);
  co_return api::answer(200,
                        {{"duration_seconds", std::chrono::duration<double>(waveform->duration).count()}, {"peaks", std::move(peaks)}});
}

asio::awaitable<http::Response> Api::publish(http::Request& request) {
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
      co_return http::problem(422, "invalid", "“at” must be a date and time with its offset, as in 2026-12-24T18:00:00+01:00.", "at");
    when = *parsed;
  }
  const std::string id(request.path_parameter("id"));
  const auto show = co_await show_of_episode(database_, id);
  if (!show) co_return http::problem(show.error());
  co_return answer_of_act(200, co_await publishing_.publish(request.caller.actor(), id, when), *show, addresses_);
}

asio::awaitable<http::Response> Api::unpublish(http::Request& request) {
  const std::string id(request.path_parameter("id"));
  const auto show = co_await show_of_episode(database_, id);
  if (!show) co_return http::problem(show.error());
  co_return answer_of_act(200, co_await publishing_.unpublish(request.caller.actor(), id), *show, addresses_);
}

}  // namespace carillon::api
