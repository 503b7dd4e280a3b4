#pragma once
// The JSON API of podcasts under /api/v1: one class with a route table for each kind of thing, put together here.

#include "api/podcast/domains.hpp"
#include "api/podcast/episode_media.hpp"
#include "api/podcast/episode_texts.hpp"
#include "api/podcast/episodes.hpp"
#include "api/podcast/jobs.hpp"
#include "api/podcast/machine.hpp"
#include "api/podcast/shows.hpp"
#include "api/podcast/uploads.hpp"

namespace carillon::api {

/// What the API of podcasts speaks for; all of it must live longer.
struct PodcastParts {
  Gate& gate;
  Quotas& quotas;
  podcast::Publishing& publishing;
  uploads::Uploads& uploads;
  podcast::Domains& domains;
  db::Database& database;
  jobs::Runners& runners;
  const Clock& clock;
  Random& random;
  podcast::Addresses addresses;
  Machine machine;
};

/// Any event loop.
class PodcastApi {
 public:
  explicit PodcastApi(const PodcastParts& parts);
  PodcastApi(const PodcastApi&) = delete;  // its classes refer to each other

  /// Of all its tables. The OpenAPI document and the tests of permissions are held to it.
  [[nodiscard]] static std::vector<RouteRule> routes();
  /// Answers one request of request.caller.
  asio::awaitable<http::Response> answer(Asked& request);

 private:
  EpisodeAnswers answers_;
  ShowsApi shows_;
  EpisodesApi episodes_;
  EpisodeMediaApi episode_media_;
  EpisodeTextsApi episode_texts_;
  UploadsApi uploads_;
  DomainsApi domains_;
  JobsApi jobs_;
  MachineApi machine_;
};

}  // namespace carillon::api
