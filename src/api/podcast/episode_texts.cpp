// See episode_texts.hpp.

#include "api/podcast/episode_texts.hpp"

#include "api/core/answers.hpp"
#include "api/podcast/document.hpp"
#include "base/json.hpp"

#include <boost/json/parse.hpp>

#include <array>

namespace carillon::api {
namespace {

http::Response text_answer(std::string_view type, std::string text) {
  http::Response response;
  response.fields.set("Content-Type", std::string(type));
  response.body = Body::of(std::move(text));
  return response;
}

/// The parameter "charset", which answers the question for the encoding; otherwise the one that the Content-Type declares.
podcast::texts::Charset charset_of(Request& request, podcast::texts::Charset declared) {
  if (auto named = request.query_parameter("charset"); named && !named->empty()) return {.name = std::move(*named), .certain = true};
  return declared;
}

}  // namespace

std::span<const Route<EpisodeTextsApi>> EpisodeTextsApi::routes() noexcept {
  using enum http::Method;
  using enum accounts::Permission;
  static constexpr std::array kRoutes{
      Route<EpisodeTextsApi>{get, "/api/v1/episodes/{id}/chapters", view, Owner::episode, &EpisodeTextsApi::get_chapters},
      Route<EpisodeTextsApi>{put, "/api/v1/episodes/{id}/chapters", publish, Owner::episode, &EpisodeTextsApi::set_chapters},
      Route<EpisodeTextsApi>{get, "/api/v1/episodes/{id}/chapters/in-notes", view, Owner::episode, &EpisodeTextsApi::get_chapters_in_notes},
      Route<EpisodeTextsApi>{get, "/api/v1/episodes/{id}/transcripts/{language}", view, Owner::episode, &EpisodeTextsApi::get_transcript},
      Route<EpisodeTextsApi>{put, "/api/v1/episodes/{id}/transcripts/{language}", publish, Owner::episode,
                             &EpisodeTextsApi::set_transcript},
      Route<EpisodeTextsApi>{del, "/api/v1/episodes/{id}/transcripts/{language}", publish, Owner::episode,
                             &EpisodeTextsApi::delete_transcript},
      Route<EpisodeTextsApi>{post, "/api/v1/notes-preview", signed_in, Owner::nobody, &EpisodeTextsApi::preview_notes},
  };
  return kRoutes;
}

asio::awaitable<std::optional<http::Response>> EpisodeTextsApi::answer(Asked& request, http::Allowed& allowed) {
  return dispatch_if_routed(routes(), *this, request, gate_.admission(), allowed);
}

asio::awaitable<http::Response> EpisodeTextsApi::get_chapters(Request& request) {
  const auto chapters = co_await publishing_.texts.chapters(std::string(request.path_parameter("id")));
  if (!chapters) co_return http::problem(chapters.error());
  co_return text_answer("application/json+chapters", podcast::render_chapters(*chapters));
}

asio::awaitable<http::Response> EpisodeTextsApi::set_chapters(Request& request) {
  const auto seen = seen_revision(request);
  if (!seen) co_return refusal(seen.error(), request);
  auto text = co_await request.body->read_all(ByteCount{podcast::kLargestChapters});
  if (!text) co_return http::problem(text.error());
  const std::string id(request.path_parameter("id"));
  const auto show = co_await answers_.show_of(id);
  if (!show) co_return http::problem(show.error());
  const auto charset = charset_of(request, {.name = podcast::texts::charset_in(request.fields.joined("Content-Type").value_or(""))});
  auto read = co_await publishing_.texts.read_chapters(request.caller.actor(), charset, *text, show->language);
  if (!read) co_return co_await unreadable(request, read.error(), std::move(*text), show->language);
  const auto episode = co_await publishing_.texts.set_chapters(request.caller.actor(), id, std::move(read->chapters), *seen);
  if (!episode) co_return co_await answers_.refusal(request, id, episode.error(), {});
  co_return answers_.of_upload(*episode, *show, read->repairs);
}

asio::awaitable<http::Response> EpisodeTextsApi::get_chapters_in_notes(Request& request) {
  const auto chapters = co_await publishing_.texts.chapters_in_notes(request.caller.actor(), std::string(request.path_parameter("id")));
  if (!chapters) co_return http::problem(chapters.error());
  co_return text_answer("application/json+chapters", podcast::render_chapters(*chapters));
}

asio::awaitable<http::Response> EpisodeTextsApi::unreadable(Request& request, Error error, std::string bytes, std::string language) {
  auto response = http::problem(error);
  if (error.field != "charset") co_return response;
  const auto possible = co_await publishing_.texts.encodings_of(request.caller.actor(), std::move(bytes), std::move(language));
  if (!possible) co_return response;
  boost::json::array encodings;
  for (const auto& each : *possible) encodings.push_back(boost::json::object{{"charset", each.charset}, {"preview", each.preview}});
  boost::json::error_code bad;
  auto document = boost::json::parse(whole(response.body).value_or(std::string{}), bad);
  if (bad || !document.is_object()) co_return response;
  document.as_object()["encodings"] = std::move(encodings);
  response.body = Body::of(json_text(document));
  co_return response;
}

asio::awaitable<http::Response> EpisodeTextsApi::get_transcript(Request& request) {
  auto text =
      co_await publishing_.texts.transcript(std::string(request.path_parameter("id")), std::string(request.path_parameter("language")));
  if (!text) co_return http::problem(text.error());
  co_return text_answer(text->timed ? "text/vtt; charset=utf-8" : "text/plain; charset=utf-8", std::move(text->text));
}

asio::awaitable<http::Response> EpisodeTextsApi::set_transcript(Request& request) {
  const auto seen = seen_revision(request);
  if (!seen) co_return refusal(seen.error(), request);
  auto type = podcast::transcript_type_of(request.fields.joined("Content-Type").value_or(""));
  if (!type) co_return http::problem(415, "unsupported-type", type.error().message, type.error().field);
  type->charset = charset_of(request, std::move(type->charset));
  auto text = co_await request.body->read_all(ByteCount{podcast::kLargestTranscript});
  if (!text) co_return http::problem(text.error());
  const std::string language(request.path_parameter("language"));
  auto document = co_await publishing_.texts.read_transcript(request.caller.actor(), *type, *text, language);
  if (!document) co_return co_await unreadable(request, document.error(), std::move(*text), language);
  const std::string id(request.path_parameter("id"));
  const auto show = co_await answers_.show_of(id);
  if (!show) co_return http::problem(show.error());
  const auto repairs = document->repairs;
  const auto episode = co_await publishing_.texts.set_transcript(request.caller.actor(), id, language, std::move(*document), *seen);
  if (!episode) co_return co_await answers_.refusal(request, id, episode.error(), {});
  co_return answers_.of_upload(*episode, *show, repairs);
}

asio::awaitable<http::Response> EpisodeTextsApi::delete_transcript(Request& request) {
  const auto seen = seen_revision(request);
  if (!seen) co_return refusal(seen.error(), request);
  const std::string id(request.path_parameter("id"));
  const auto show = co_await answers_.show_of(id);
  if (!show) co_return http::problem(show.error());
  auto episode =
      co_await publishing_.texts.set_transcript(request.caller.actor(), id, std::string(request.path_parameter("language")), {}, *seen);
  if (!episode) co_return co_await answers_.refusal(request, id, episode.error(), {});
  co_return answers_.of_act(200, episode, *show);
}

asio::awaitable<http::Response> EpisodeTextsApi::preview_notes(Request& request) {
  auto reader = co_await read_object(request);
  if (!reader) co_return http::problem(reader.error());
  const auto notes = reader->text("notes").value_or("");
  if (auto finished = reader->finish(); !finished) co_return http::problem(finished.error());
  auto html = co_await publishing_.texts.preview(request.caller.actor(), notes);
  if (!html) co_return http::problem(html.error());
  co_return api::answer(200, {{"html", std::move(*html)}});
}

}  // namespace carillon::api
