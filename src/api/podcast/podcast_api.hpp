#pragma once
// The JSON API of podcasts under /api/v1: composed of one class with a route table per resource.

#include "api/podcast/cue_points.hpp"
#include "api/podcast/domains.hpp"
#include "api/podcast/episode_media.hpp"
#include "api/podcast/episode_texts.hpp"
#include "api/podcast/episodes.hpp"
#include "api/podcast/jobs.hpp"
#include "api/podcast/machine.hpp"
#include "api/podcast/shows.hpp"
#include "api/podcast/uploads.hpp"

namespace carillon::api {

/// The parts that the podcast API uses; all must outlive it.
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

  /// The routes of all its tables. The OpenAPI document and the permission tests are checked against it.
  [[nodiscard]] static std::vector<RouteRule> routes();
  /// Answers one request of request.caller.
  asio::awaitable<http::Response> answer(Asked& request);

 private:
  EpisodeAnswers answers_;
  ShowsApi shows_;
  EpisodesApi episodes_;
  EpisodeMediaApi episode_media_;
  EpisodeTextsApi episode_texts_;
  CuePointsApi cue_points_;
  UploadsApi uploads_;
  DomainsApi domains_;
  JobsApi jobs_;
  MachineApi machine_;
};

}  // namespace carillon::api
