// See episode_media.hpp.

#include "api/podcast/episode_media.hpp"

#include "api/core/answers.hpp"
#include "api/podcast/document.hpp"
#include "audio/master.hpp"
#include "base/text.hpp"
#include "http/conditional.hpp"
#include "uploads/uploads.hpp"

#include <boost/json/array.hpp>

#include <array>

namespace carillon::api {
namespace json = boost::json;

namespace {

/// What new audio means for those who have the old one.
json::object consequences_of(const podcast::Episode& episode) {
  return {{"guid", episode.guid},
          {"published", to_rfc3339(*episode.published)},
          {"replaced_etag", "\"" + episode.frozen->whole.hex() + "\""},
          {"replaced_bytes", episode.frozen->prefix_length.value + episode.master->frames_length.value},
          {"sentence",
           "The GUID, URL and pubDate stay the same. When the new audio is ready, length, duration, ETag and Last-Modified change. Later "
           "downloads get the new recording; apps that already have the old one keep it."}};
}

}  // namespace

std::span<const Route<EpisodeMediaApi>> EpisodeMediaApi::routes() noexcept {
  using enum http::Method;
  using enum accounts::Permission;
  static constexpr std::array kRoutes{
      Route<EpisodeMediaApi>{get, "/api/v1/episodes/{id}/audio", view, Owner::episode, &EpisodeMediaApi::get_audio},
      Route<EpisodeMediaApi>{put, "/api/v1/episodes/{id}/audio", publish, Owner::episode, &EpisodeMediaApi::set_audio},
      Route<EpisodeMediaApi>{get, "/api/v1/episodes/{id}/image", view, Owner::episode, &EpisodeMediaApi::get_image},
      Route<EpisodeMediaApi>{put, "/api/v1/episodes/{id}/image", publish, Owner::episode, &EpisodeMediaApi::set_image},
      Route<EpisodeMediaApi>{post, "/api/v1/episodes/{id}/image/from-recording", publish, Owner::episode,
                             &EpisodeMediaApi::set_image_from_recording},
      Route<EpisodeMediaApi>{get, "/api/v1/episodes/{id}/chapters/in-recording", view, Owner::episode,
                             &EpisodeMediaApi::get_chapters_in_recording},
      Route<EpisodeMediaApi>{del, "/api/v1/episodes/{id}/image", publish, Owner::episode, &EpisodeMediaApi::remove_image},
      Route<EpisodeMediaApi>{post, "/api/v1/episodes/{id}/audio/again", publish, Owner::episode, &EpisodeMediaApi::process_again},
      Route<EpisodeMediaApi>{del, "/api/v1/episodes/{id}/original", publish, Owner::episode, &EpisodeMediaApi::drop_original},
      Route<EpisodeMediaApi>{get, "/api/v1/episodes/{id}/silences", view, Owner::episode, &EpisodeMediaApi::get_silences},
      Route<EpisodeMediaApi>{get, "/api/v1/episodes/{id}/waveform", view, Owner::episode, &EpisodeMediaApi::get_waveform},
  };
  return kRoutes;
}

asio::awaitable<std::optional<http::Response>> EpisodeMediaApi::answer(Asked& request, http::Allowed& allowed) {
  return dispatch_if_routed(routes(), *this, request, gate_.admission(), allowed);
}

asio::awaitable<Result<std::string>> EpisodeMediaApi::chosen_upload(Request& request) {
  auto reader = co_await read_object(request);
  if (!reader) co_return forward_error(reader);
  const auto upload = reader->text("upload");
  if (auto finished = reader->finish(); !finished) co_return forward_error(finished);
  if (!upload) co_return fail(ErrorKind::invalid, "“upload” must be the ID of a finished upload.", "upload");
  // What another network uploaded does not exist here, also for somebody who belongs to both.
  const auto owner = co_await database_.read([&](db::Session& session) { return uploads::network_of_upload(session, *upload); });
  if (!owner) co_return std::unexpected(owner.error());
  if (*owner && **owner != request.network && !request.caller.is_operator()) co_return uploads::no_such_upload(*upload);
  co_return *upload;
}

asio::awaitable<http::Response> EpisodeMediaApi::get_audio(Request& request) {
  const auto master = co_await publishing_.media.master(std::string(request.path_parameter("id")));
  if (!master) co_return http::problem(master.error());
  http::Representation audio;
  audio.body = *master;
  audio.content_type = audio::kMediaType;
  audio.cache_control = "private, no-cache";
  audio.ranges = true;
  co_return http::represent(request, std::move(audio));
}

asio::awaitable<http::Response> EpisodeMediaApi::set_audio(Request& request) {
  const auto upload = co_await chosen_upload(request);
  if (!upload) co_return http::problem(upload.error());
  const std::string episode_id(request.path_parameter("id"));
  const auto before = co_await publishing_.episodes.find(episode_id);
  if (!before) co_return http::problem(before.error());
  const auto job = co_await publishing_.media.attach_audio(request.caller.actor(), episode_id, *upload);
  if (!job) co_return http::problem(job.error());
  auto document = document_of(*job);
  if (before->published && before->master && before->frozen) document["listeners"] = consequences_of(*before);
  co_return api::answer(202, document);
}

asio::awaitable<http::Response> EpisodeMediaApi::process_again(Request& request) {
  const std::string id(request.path_parameter("id"));
  const auto before = co_await publishing_.episodes.find(id);
  if (!before) co_return http::problem(before.error());
  const auto job = co_await publishing_.media.process_again(request.caller.actor(), id);
  if (!job) co_return http::problem(job.error());
  auto document = document_of(*job);
  if (before->published && before->master && before->frozen) document["listeners"] = consequences_of(*before);
  co_return api::answer(202, document);
}

asio::awaitable<http::Response> EpisodeMediaApi::drop_original(Request& request) {
  const std::string id(request.path_parameter("id"));
  const auto show = co_await answers_.show_of(id);
  if (!show) co_return http::problem(show.error());
  co_return answers_.of_act(200, co_await publishing_.media.drop_original(request.caller.actor(), id), *show);
}

asio::awaitable<http::Response> EpisodeMediaApi::get_waveform(Request& request) {
  const auto waveform = co_await publishing_.media.waveform(std::string(request.path_parameter("id")));
  if (!waveform) co_return http::problem(waveform.error());
  json::array peaks;
  peaks.reserve(waveform->peaks.size());
  for (const auto peak : waveform->peaks) peaks.push_back(peak);
  co_return api::answer(200,
                        {{"duration_seconds", std::chrono::duration<double>(waveform->duration).count()}, {"peaks", std::move(peaks)}});
}

asio::awaitable<http::Response> EpisodeMediaApi::get_silences(Request& request) {
  const auto pauses = co_await publishing_.media.pauses(std::string(request.path_parameter("id")));
  if (!pauses) co_return http::problem(pauses.error());
  const auto seconds = [](auto duration) { return std::chrono::duration<double>(duration).count(); };
  json::array silences;
  for (const auto& [from, until, level] : pauses->silences)
    silences.push_back(json::object{{"from_seconds", seconds(from)}, {"until_seconds", seconds(until)}, {"level", level}});
  co_return api::answer(200, {{"duration_seconds", seconds(pauses->duration)},
                              {"silences", std::move(silences)},
                              {"proposed_cue_points", podcast::document_of(pauses->proposals)},
                              {"can_be_cut", pauses->can_be_cut}});
}

asio::awaitable<http::Response> EpisodeMediaApi::get_image(Request& request) {
  auto cover = co_await publishing_.media.cover(std::string(request.path_parameter("id")));
  if (!cover) co_return http::problem(cover.error());
  http::Representation image;
  image.body = std::move(cover->second);
  image.etag = "\"" + cover->first.digest.hex() + "\"";
  image.content_type = cover->first.media_type;
  image.cache_control = "private, no-cache";
  image.ranges = true;
  co_return http::represent(request, std::move(image));
}

asio::awaitable<http::Response> EpisodeMediaApi::set_image(Request& request) {
  const auto fit = podcast::cover_fit_of(request.query_parameter("fit").value_or(""));
  if (!fit) co_return http::problem(fit.error());
  auto upload = co_await chosen_upload(request);
  if (!upload) co_return http::problem(upload.error());
  const std::string id(request.path_parameter("id"));
  const auto show = co_await answers_.show_of(id);
  if (!show) co_return http::problem(show.error());
  co_return answers_.of_act(200, co_await publishing_.media.set_cover(request.caller.actor(), id, std::move(*upload), *fit), *show);
}

asio::awaitable<http::Response> EpisodeMediaApi::set_image_from_recording(Request& request) {
  const auto fit = podcast::cover_fit_of(request.query_parameter("fit").value_or(""));
  if (!fit) co_return http::problem(fit.error());
  const std::string id(request.path_parameter("id"));
  const auto show = co_await answers_.show_of(id);
  if (!show) co_return http::problem(show.error());
  co_return answers_.of_act(200, co_await publishing_.media.set_cover_from_recording(request.caller.actor(), id, *fit), *show);
}

asio::awaitable<http::Response> EpisodeMediaApi::get_chapters_in_recording(Request& request) {
  const auto chapters = co_await publishing_.media.chapters_in_recording(request.caller.actor(), std::string(request.path_parameter("id")));
  if (!chapters) co_return http::problem(chapters.error());
  http::Response response;
  response.fields.set("Content-Type", "application/json+chapters");
  response.body = Body::of(podcast::render_chapters(*chapters));
  co_return response;
}

asio::awaitable<http::Response> EpisodeMediaApi::remove_image(Request& request) {
  const std::string id(request.path_parameter("id"));
  const auto show = co_await answers_.show_of(id);
  if (!show) co_return http::problem(show.error());
  co_return answers_.of_act(200, co_await publishing_.media.remove_cover(request.caller.actor(), id), *show);
}

}  // namespace carillon::api
