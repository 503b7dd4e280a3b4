#pragma once
// /api/v1/episodes/ID/audio, /image and /waveform: an episode's recording and cover.

#include "api/core/gate.hpp"
#include "api/podcast/episode_answers.hpp"
#include "db/database.hpp"
#include "podcast/publishing/publishing.hpp"

namespace carillon::api {

/// Any event loop. The constructor's arguments must outlive it.
class EpisodeMediaApi {
 public:
  EpisodeMediaApi(Gate& gate, podcast::Publishing& publishing, const EpisodeAnswers& answers, db::Database& database)
      : gate_{gate}, publishing_{publishing}, answers_{answers}, database_{database} {}

  [[nodiscard]] static std::span<const Route<EpisodeMediaApi>> routes() noexcept;
  /// None if no route of this table matches.
  asio::awaitable<std::optional<http::Response>> answer(Asked& request, http::Allowed& allowed);

 private:
  asio::awaitable<http::Response> get_audio(Request& request);
  asio::awaitable<http::Response> set_audio(Request& request);
  asio::awaitable<http::Response> process_again(Request& request);
  asio::awaitable<http::Response> drop_original(Request& request);
  asio::awaitable<http::Response> get_waveform(Request& request);
  asio::awaitable<http::Response> get_silences(Request& request);
  asio::awaitable<http::Response> get_image(Request& request);
  asio::awaitable<http::Response> set_image(Request& request);
  asio::awaitable<http::Response> set_image_from_recording(Request& request);
  asio::awaitable<http::Response> remove_image(Request& request);
  asio::awaitable<http::Response> get_chapters_in_recording(Request& request);

  /// The upload ID in the body, if the caller's network can use it.
  asio::awaitable<Result<std::string>> chosen_upload(Request& request);

  Gate& gate_;
  podcast::Publishing& publishing_;
  const EpisodeAnswers& answers_;
  db::Database& database_;
};

}  // namespace carillon::api
