#pragma once
// /api/v1/episodes, and a show's list of them.

#include "api/core/gate.hpp"
#include "api/podcast/episode_answers.hpp"
#include "podcast/publishing/publishing.hpp"

namespace carillon::api {

/// Any event loop. The constructor's arguments must outlive it.
class EpisodesApi {
 public:
  EpisodesApi(Gate& gate, podcast::Publishing& publishing, const EpisodeAnswers& answers, podcast::Addresses addresses)
      : gate_{gate}, publishing_{publishing}, answers_{answers}, addresses_{std::move(addresses)} {}

  [[nodiscard]] static std::span<const Route<EpisodesApi>> routes() noexcept;
  /// None if no route of this table matches.
  asio::awaitable<std::optional<http::Response>> answer(Asked& request, http::Allowed& allowed);

 private:
  asio::awaitable<http::Response> list(Request& request);
  asio::awaitable<http::Response> create(Request& request);
  asio::awaitable<http::Response> get(Request& request);
  asio::awaitable<http::Response> edit(Request& request);
  asio::awaitable<http::Response> remove(Request& request);
  asio::awaitable<http::Response> restore(Request& request);
  asio::awaitable<http::Response> publish(Request& request);
  asio::awaitable<http::Response> unpublish(Request& request);

  Gate& gate_;
  podcast::Publishing& publishing_;
  const EpisodeAnswers& answers_;
  podcast::Addresses addresses_;
};

}  // namespace carillon::api
