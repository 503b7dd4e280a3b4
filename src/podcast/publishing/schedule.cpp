// See schedule.hpp.

#include "podcast/publishing/schedule.hpp"

#include "podcast/store/owners.hpp"

namespace carillon::podcast {

Result<> Schedule::settle(ActTransaction& transaction, Episode& episode) const {
  if (!episode.publish_at) {
    if (episode.state == EpisodeState::processing) episode.state = episode.published ? EpisodeState::unpublished : EpisodeState::draft;
    return {};
  }
  if (*episode.publish_at <= clock_.now() && episode.frozen) {
    // pubDate is what the publisher wished, also when the server was down then or the audio was not ready yet.
    if (!episode.published) episode.published = episode.publish_at;
    episode.state = EpisodeState::published;
    episode.publish_at.reset();
    return {};
  }
  episode.state = EpisodeState::scheduled;
  const auto network = network_of_episode(transaction.session(), episode.id);
  if (!network) return std::unexpected(network.error());
  const auto job =
      jobs::enqueue(transaction.session(), clock_, random_,
                    {.kind = kPublishJob, .subject = episode.id, .network = network->value_or(""), .run_at = episode.publish_at});
  if (!job) return std::unexpected(job.error());
  transaction.wakes_jobs();
  return {};
}

Result<> Schedule::resume(ActTransaction& transaction, Episode& episode) const {
  if (episode.state != EpisodeState::scheduled) return {};
  if (episode.publish_at && *episode.publish_at > clock_.now()) return settle(transaction, episode);
  // What was thrown away does not go out by itself because somebody looked for it later.
  episode.state = episode.published ? EpisodeState::unpublished : EpisodeState::draft;
  episode.publish_at.reset();
  return {};
}

}  // namespace carillon::podcast
