#pragma once
// /api/v1/episodes/ID/cue-points: where advertisements may go, and what is left out.

#include "api/core/gate.hpp"
#include "api/podcast/episode_answers.hpp"
#include "podcast/publishing/publishing.hpp"

namespace carillon::api {

/// Any event loop. The constructor's arguments must outlive it.
class CuePointsApi {
 public:
  CuePointsApi(Gate& gate, podcast::Publishing& publishing, const EpisodeAnswers& answers, db::Database& database)
      : gate_{gate}, publishing_{publishing}, answers_{answers}, database_{database} {}

  [[nodiscard]] static std::span<const Route<CuePointsApi>> routes() noexcept;
  /// None if no route of this table matches.
  asio::awaitable<std::optional<http::Response>> answer(Asked& request, http::Allowed& allowed);

 private:
  asio::awaitable<http::Response> get(Request& request);
  asio::awaitable<http::Response> set(Request& request);

  Gate& gate_;
  podcast::Publishing& publishing_;
  const EpisodeAnswers& answers_;
  db::Database& database_;
};

}  // namespace carillon::api
