// See podcast_api.hpp.

#include "api/podcast/podcast_api.hpp"

namespace carillon::api {

PodcastApi::PodcastApi(const PodcastParts& parts)
    : answers_{parts.publishing, parts.database, parts.addresses},
      shows_{parts.gate, parts.quotas, parts.publishing, parts.domains, parts.addresses},
      episodes_{parts.gate, parts.publishing, answers_, parts.addresses},
      episode_media_{parts.gate, parts.publishing, answers_, parts.database},
      episode_texts_{parts.gate, parts.publishing, answers_},
      cue_points_{parts.gate, parts.publishing, answers_, parts.database},
      uploads_{parts.gate, parts.quotas, parts.uploads, parts.database, parts.clock, parts.random},
      domains_{parts.gate, parts.domains},
      jobs_{parts.gate, parts.database, parts.runners, parts.clock, parts.random},
      machine_{parts.gate, parts.quotas, parts.database, parts.machine} {}

std::vector<RouteRule> PodcastApi::routes() {
  return rules_of<ShowsApi, EpisodesApi, EpisodeMediaApi, EpisodeTextsApi, CuePointsApi, UploadsApi, DomainsApi, JobsApi, MachineApi>();
}

asio::awaitable<http::Response> PodcastApi::answer(Asked& request) {
  return http::dispatch_to(request, shows_, episodes_, episode_media_, episode_texts_, cue_points_, uploads_, domains_, jobs_, machine_);
}

}  // namespace carillon::api
