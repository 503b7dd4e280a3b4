#pragma once
// /api/v1/episodes/ID/chapters and /transcripts/LANGUAGE, parsed and stored in one format; and a preview of show notes.

#include "api/core/gate.hpp"
#include "api/podcast/episode_answers.hpp"
#include "podcast/publishing/publishing.hpp"

namespace carillon::api {

/// Any event loop. The constructor's arguments must outlive it.
class EpisodeTextsApi {
 public:
  EpisodeTextsApi(Gate& gate, podcast::Publishing& publishing, const EpisodeAnswers& answers)
      : gate_{gate}, publishing_{publishing}, answers_{answers} {}

  [[nodiscard]] static std::span<const Route<EpisodeTextsApi>> routes() noexcept;
  /// None if no route of this table matches.
  asio::awaitable<std::optional<http::Response>> answer(Asked& request, http::Allowed& allowed);

 private:
  asio::awaitable<http::Response> get_chapters(Request& request);
  asio::awaitable<http::Response> set_chapters(Request& request);
  asio::awaitable<http::Response> get_chapters_in_notes(Request& request);
  asio::awaitable<http::Response> get_transcript(Request& request);
  asio::awaitable<http::Response> set_transcript(Request& request);
  asio::awaitable<http::Response> delete_transcript(Request& request);
  asio::awaitable<http::Response> preview_notes(Request& request);
  /// Why a file couldn't be read; with the encodings to choose from if its encoding is the reason.
  asio::awaitable<http::Response> unreadable(Request& request, Error error, std::string bytes, std::string language);

  Gate& gate_;
  podcast::Publishing& publishing_;
  const EpisodeAnswers& answers_;
};

}  // namespace carillon::api
