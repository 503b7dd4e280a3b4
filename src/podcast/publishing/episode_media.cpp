// See episode_media.hpp.

#include "podcast/publishing/episode_media.hpp"

#include "base/json.hpp"
#include "podcast/store/episodes.hpp"
#include "podcast/store/owners.hpp"
#include "podcast/store/shows.hpp"
#include "uploads/uploads.hpp"

#include <boost/json/object.hpp>

namespace carillon::podcast {

asio::awaitable<Result<jobs::Job>> EpisodeMedia::attach_audio(accounts::Actor by, std::string id, std::string upload_id) {
  std::optional<jobs::Job> job;
  const auto attached = co_await parts_.acts.on_episode(
      {.by = std::move(by), .what = "episode.audio"}, id, [&](ActTransaction& transaction, Episode& episode) -> Result<Reach> {
        auto& session = transaction.session();
        auto original = uploads::take_upload(session, upload_id);
        if (!original) return forward_error(original);
        begin_processing(episode, *original);
        const auto network = network_of_episode(session, id);
        if (!network) return std::unexpected(network.error());
        const auto payload = json_text(boost::json::object{{"original", original->hex()}});
        auto enqueued = jobs::enqueue(
            session, parts_.clock, parts_.random,
            {.kind = kIngestJob, .subject = id, .network = network->value_or(""), .payload = payload, .share = network->value_or("")});
        if (!enqueued) return forward_error(enqueued);
        auto made = jobs::find(session, *enqueued);
        if (!made) return forward_error(made);
        job = std::move(*made);
        transaction.wakes_jobs();
        return Reach::publishers;
      });
  if (!attached) co_return std::unexpected(attached.error());
  co_return job.value();
}

asio::awaitable<Result<Waveform>> EpisodeMedia::waveform(std::string id) {
  co_return co_await parts_.database.read([&](db::Session& session) -> Result<Waveform> {
    const auto episode = queries::episode(session, id);
    if (!episode) return no_such_episode(id);
    if (auto found = queries::waveform_of(session, id)) return std::move(*found);
    if (episode->master)
      return fail(ErrorKind::not_found,
                  "This recording was processed before waveforms existed; upload it again to get one. Listeners won't notice.");
    if (episode->original) return fail(ErrorKind::not_found, "The recording is being processed; its waveform will be ready afterwards.");
    return fail(ErrorKind::not_found, "The episode has no audio yet; upload a recording first.");
  });
}

asio::awaitable<Result<Body>> EpisodeMedia::master(std::string id) {
  const auto known = co_await known_episode(parts_.database, std::move(id));
  if (!known) co_return std::unexpected(known.error());
  if (!known->master) co_return fail(ErrorKind::not_found, "The episode has no audio yet.");
  co_return co_await parts_.disk.run([&] { return parts_.media.open(known->master->frames); });
}

asio::awaitable<Result<Episode>> EpisodeMedia::set_cover(accounts::Actor by, std::string id, std::string upload_id, CoverFit fit) {
  const auto known = co_await known_episode(parts_.database, id);
  if (!known) co_return known;
  const auto digest =
      co_await parts_.database.read([&](db::Session& session) -> Result<Digest> { return uploads::finished_upload(session, upload_id); });
  if (!digest) co_return std::unexpected(digest.error());
  const auto made = co_await parts_.picture_workers.run(by.id, [&] { return parts_.pictures.make(known->show_id, *digest, fit); });
  if (!made) co_return std::unexpected(made.error());
  co_return co_await parts_.acts.on_episode({.by = std::move(by), .what = "episode.image"}, id,
                                            [&](ActTransaction& transaction, Episode& episode) -> Result<Reach> {
                                              // Whoever was faster has used it up: the bytes are kept by what refers to them alone.
                                              if (auto taken = uploads::take_upload(transaction.session(), upload_id); !taken)
                                                return forward_error(taken);
                                              queries::insert(transaction.session(), episode.show_id, made->picture, made->sizes);
                                              episode.cover = made->picture;
                                              return Reach::listeners;
                                            });
}

asio::awaitable<Result<std::pair<Picture, Body>>> EpisodeMedia::cover(std::string id) {
  const auto known = co_await parts_.database.read([&](db::Session& session) -> Result<Picture> {
    const auto episode = queries::episode_even_deleted(session, id);
    if (!episode) return no_such_episode(id);
    if (!episode->cover) return fail(ErrorKind::not_found, "The episode has no cover of its own.");
    return *episode->cover;
  });
  if (!known) co_return std::unexpected(known.error());
  auto body = co_await parts_.disk.run([&] { return parts_.media.open(known->digest); });
  if (!body) co_return forward_error(body);
  co_return std::pair{*known, std::move(*body)};
}

asio::awaitable<Result<Episode>> EpisodeMedia::remove_cover(accounts::Actor by, std::string id) {
  co_return co_await parts_.acts.on_episode({.by = std::move(by), .what = "episode.image"}, std::move(id),
                                            [](ActTransaction&, Episode& episode) -> Result<Reach> {
                                              if (!episode.cover) return Reach::nowhere;
                                              episode.cover.reset();
                                              return Reach::listeners;
                                            });
}

}  // namespace carillon::podcast
