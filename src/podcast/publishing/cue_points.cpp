// See cue_points.hpp.

#include "podcast/publishing/cue_points.hpp"

#include "podcast/store/episodes.hpp"

namespace carillon::podcast {

asio::awaitable<Result<Episode>> CuePoints::set(accounts::Actor by, std::string id, std::vector<CuePoint> points,
                                                std::optional<std::int64_t> revision) {
  co_return co_await acts_.on_episode({.by = std::move(by), .what = "episode.cue_points", .revision = revision}, id,
                                      [&](ActTransaction& transaction, Episode& episode) -> Result<Reach> {
                                        if (episode.master && episode.master->details.as_uploaded && !points.empty())
                                          return fail(ErrorKind::invalid,
                                                      "This episode's MP3 is served as it was uploaded, so it can't be cut. Turn off that "
                                                      "setting of the show and process the recording again.",
                                                      "cue_points");
                                        if (episode.master) {
                                          if (auto fit = fit_into(episode.master->duration, points); !fit) return forward_error(fit);
                                        }
                                        // Whoever sets them knows by now that the earlier ones were deleted.
                                        const bool was_said =
                                            episode.master && std::erase_if(episode.master->findings, [](const AudioFinding& finding) {
                                                                return finding.kind == AudioFinding::Kind::cues_dropped;
                                                              }) > 0;
                                        if (points == episode.cue_points) return was_said ? Reach::publishers : Reach::nowhere;
                                        queries::set_cue_points(transaction.session(), id, points);
                                        episode.cue_points = std::move(points);
                                        return Reach::downloads;
                                      });
}

}  // namespace carillon::podcast
