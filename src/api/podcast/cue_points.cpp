// See cue_points.hpp.

#include "api/podcast/cue_points.hpp"

#include "api/core/answers.hpp"
#include "api/core/object_reader.hpp"
#include "base/json.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>

#include <array>

namespace carillon::api {
namespace {

/// A hundred cue points with every field need a tenth of it.
constexpr ByteCount kLargest{64 * 1024};

http::Response list_of(const podcast::Episode& episode) {
  auto response = http::json(200, json_text(podcast::document_of(episode.cue_points)));
  response.fields.set("ETag", "\"" + std::to_string(episode.revision) + "\"");
  return response;
}

}  // namespace

std::span<const Route<CuePointsApi>> CuePointsApi::routes() noexcept {
  using enum accounts::Permission;
  static constexpr std::array kRoutes{
      Route<CuePointsApi>{http::Method::get, "/api/v1/episodes/{id}/cue-points", view, Owner::episode, &CuePointsApi::get},
      Route<CuePointsApi>{http::Method::put, "/api/v1/episodes/{id}/cue-points", publish, Owner::episode, &CuePointsApi::set},
  };
  return kRoutes;
}

asio::awaitable<std::optional<http::Response>> CuePointsApi::answer(Asked& request, http::Allowed& allowed) {
  return dispatch_if_routed(routes(), *this, request, gate_.admission(), allowed);
}

asio::awaitable<http::Response> CuePointsApi::get(Request& request) {
  const auto episode = co_await podcast::known_episode(database_, std::string(request.path_parameter("id")));
  if (!episode) co_return http::problem(episode.error());
  co_return list_of(*episode);
}

asio::awaitable<http::Response> CuePointsApi::set(Request& request) {
  const auto seen = seen_revision(request);
  if (!seen) co_return refusal(seen.error(), request);
  const auto text = co_await request.body->read_all(kLargest);
  if (!text) co_return http::problem(text.error());
  boost::json::error_code bad;
  boost::json::parse_options options;
  options.max_depth = kDeepestDocument;
  const auto document = boost::json::parse(*text, bad, {}, options);
  if (bad) co_return http::problem(Error{ErrorKind::invalid, "The request body is not valid JSON: " + bad.message() + ".", {}});
  auto points = podcast::cue_points_from(document);
  if (!points) co_return http::problem(points.error());
  const std::string id(request.path_parameter("id"));
  const auto episode = co_await publishing_.cue_points.set(request.caller.actor(), id, std::move(*points), *seen);
  if (!episode) co_return co_await answers_.refusal(request, id, episode.error(), {});
  co_return list_of(*episode);
}

}  // namespace carillon::api
