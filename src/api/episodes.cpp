// /api/v1/episodes, and a show's list of them.

#include "api/answers.hpp"
#include "api/api.hpp"
#include "api/document.hpp"
#include "podcast/owners.hpp"

#include <boost/json/array.hpp>

namespace carillon::api {
namespace json = boost::json;

asio::awaitable<http::Response> Api::episode_answer(int status, Result<podcast::Episode> episode) {
  if (!episode) co_return http::problem(episode.error());
  const auto show = co_await publishing_.show_with_id(episode->show_id);
  if (!show) co_return http::problem(show.error());
  co_return api::answer(status, document_of(*episode, *show, addresses_), episode->revision);
}

asio::awaitable<http::Response> Api::list_episodes(http::Request& request) {
  const std::string slug(request.path_parameter("show"));
  const auto show = co_await publishing_.show(slug);
  if (!show) co_return http::problem(show.error());
  const auto episodes = co_await publishing_.episodes(slug);
  if (!episodes) co_return http::problem(episodes.error());
  json::array items;
  for (const auto& episode : *episodes) items.push_back(document_of(episode, *show, addresses_));
  co_return api::answer(200, {{"items", std::move(items)}});
}

asio::awaitable<http::Response> Api::create_episode(http::Request& request) {
  const auto text = co_await request.body->read_all(ByteCount{kLargestDocument});
  if (!text) co_return http::problem(text.error());
  auto reader = ObjectReader::parse(*text);
  if (!reader) co_return http::problem(reader.error());
  auto edit = episode_edit_from(*reader);
  if (!edit) co_return http::problem(edit.error());
  co_return co_await episode_answer(201,
                                    co_await publishing_.create_episode(std::string(request.path_parameter("show")), std::move(*edit)));
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
  auto episode = co_await publishing_.edit_episode(std::string(request.path_parameter("id")), std::move(*edit), *seen);
  if (!episode) co_return refusal(episode.error(), request);
  co_return co_await episode_answer(200, std::move(episode));
}

asio::awaitable<http::Response> Api::delete_episode(http::Request& request) {
  const auto deleted = co_await publishing_.delete_episode(std::string(request.path_parameter("id")));
  if (!deleted) co_return http::problem(deleted.error());
  co_return http::Response{.status = 204};
}

asio::awaitable<http::Response> Api::set_audio(http::Request& request) {
  const auto text = co_await request.body->read_all(ByteCount{kLargestDocument});
  if (!text) co_return http::problem(text.error());
  auto reader = ObjectReader::parse(*text);
  if (!reader) co_return http::problem(reader.error());
  const auto upload = reader->text("upload");
  if (auto finished = reader->finish(); !finished) co_return http::problem(finished.error());
  if (!upload) co_return http::problem(422, "invalid", "“upload” must name a finished upload.", "upload");
  // What another network uploaded does not exist here.
  const auto owner = co_await database_.read([&](db::Session& session) { return podcast::network_of_upload(session, *upload); });
  if (!owner) co_return http::problem(owner.error());
  if (*owner && !request.caller.sees(**owner)) co_return http::problem(podcast::no_such_upload(*upload).error());
  const auto id = co_await publishing_.attach_audio(std::string(request.path_parameter("id")), *upload);
  if (!id) co_return http::problem(id.error());
  const auto job = co_await database_.read([&](db::Session& session) { return jobs::find(session, *id); });
  if (!job) co_return http::problem(job.error());
  if (!*job) co_return http::problem(500, "internal", "The job that was just made cannot be found.");
  co_return api::answer(202, document_of(**job));
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
  co_return co_await episode_answer(200, co_await publishing_.publish(std::string(request.path_parameter("id")), when));
}

asio::awaitable<http::Response> Api::unpublish(http::Request& request) {
  co_return co_await episode_answer(200, co_await publishing_.unpublish(std::string(request.path_parameter("id"))));
}

}  // namespace carillon::api
