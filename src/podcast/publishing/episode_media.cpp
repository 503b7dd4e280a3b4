// See episode_media.hpp.

#include "podcast/publishing/episode_media.hpp"

#include "base/json.hpp"
#include "podcast/model/cue_proposals.hpp"
#include "podcast/publishing/recorded_chapters.hpp"
#include "podcast/publishing/stored_texts.hpp"
#include "podcast/store/episodes.hpp"
#include "podcast/store/owners.hpp"
#include "podcast/store/shows.hpp"
#include "uploads/uploads.hpp"

#include <boost/json/object.hpp>

namespace carillon::podcast {

namespace {

/// The original, which is needed to read its metadata.
Result<Digest> recording_of(const Episode& episode) {
  if (episode.original) return episode.original->digest;
  if (episode.original_dropped)
    return fail(ErrorKind::conflict, "The original recording was deleted on " + to_rfc3339(*episode.original_dropped).substr(0, 10) +
                                         " to save space, and with it what is in its metadata.");
  return fail(ErrorKind::conflict, "The episode has no recording yet; upload one first.");
}

}  // namespace

Result<jobs::Job> EpisodeMedia::enqueue(ActTransaction& transaction, const std::string& id, const Digest& original, bool again) {
  auto& session = transaction.session();
  const auto network = network_of_episode(session, id);
  if (!network) return std::unexpected(network.error());
  boost::json::object payload{{"original", original.hex()}};
  if (again) payload["again"] = true;
  auto enqueued = jobs::enqueue(
      session, parts_.clock, parts_.random,
      {.kind = kIngestJob, .subject = id, .network = network->value_or(""), .payload = json_text(payload), .share = network->value_or("")});
  if (!enqueued) return forward_error(enqueued);
  auto made = jobs::find(session, *enqueued);
  if (!made) return forward_error(made);
  transaction.wakes_jobs();
  return (*made).value();
}

asio::awaitable<Result<jobs::Job>> EpisodeMedia::attach_audio(accounts::Actor by, std::string id, std::string upload_id) {
  std::optional<jobs::Job> job;
  const auto attached = co_await parts_.acts.on_episode(
      {.by = std::move(by), .what = "episode.audio"}, id, [&](ActTransaction& transaction, Episode& episode) -> Result<Reach> {
        auto& session = transaction.session();
        auto original = uploads::take_upload(session, upload_id);
        if (!original) return forward_error(original);
        begin_processing(episode, {.digest = original->digest, .length = original->length});
        auto enqueued = enqueue(transaction, id, original->digest, false);
        if (!enqueued) return forward_error(enqueued);
        job = std::move(*enqueued);
        return Reach::publishers;
      });
  if (!attached) co_return std::unexpected(attached.error());
  co_return job.value();
}

asio::awaitable<Result<jobs::Job>> EpisodeMedia::process_again(accounts::Actor by, std::string id) {
  std::optional<jobs::Job> job;
  const auto begun = co_await parts_.acts.on_episode(
      {.by = std::move(by), .what = "episode.process"}, id, [&](ActTransaction& transaction, Episode& episode) -> Result<Reach> {
        if (!episode.original && episode.original_dropped)
          return fail(ErrorKind::conflict, "The original recording was deleted on " + to_rfc3339(*episode.original_dropped).substr(0, 10) +
                                               " to save space, so it can't be processed again; upload it again.");
        if (!episode.original) return fail(ErrorKind::conflict, "The episode has no recording to process again; upload one first.");
        // What was never processed is being processed, or waits for it.
        const auto waiting = jobs::find_unfinished(transaction.session(), kIngestJob, id);
        if (!waiting) return std::unexpected(waiting.error());
        if (!episode.original->processed || *waiting)
          return fail(ErrorKind::conflict, "The recording is being processed already; wait until that is done.");
        // Its time to be deleted starts again, so that it isn't deleted meanwhile.
        episode.original->processed = parts_.clock.now();
        auto enqueued = enqueue(transaction, id, episode.original->digest, true);
        if (!enqueued) return forward_error(enqueued);
        job = std::move(*enqueued);
        return Reach::publishers;
      });
  if (!begun) co_return std::unexpected(begun.error());
  co_return job.value();
}

asio::awaitable<Result<Episode>> EpisodeMedia::drop_original(accounts::Actor by, std::string id) {
  co_return co_await parts_.acts.on_episode({.by = std::move(by), .what = "episode.original"}, std::move(id),
                                            [this](ActTransaction& transaction, Episode& episode) -> Result<Reach> {
                                              if (!episode.original) return Reach::nowhere;
                                              const auto waiting = jobs::find_unfinished(transaction.session(), kIngestJob, episode.id);
                                              if (!waiting) return std::unexpected(waiting.error());
                                              if (*waiting || !episode.original->processed || !episode.master)
                                                return fail(ErrorKind::conflict,
                                                            "The recording is needed until it has been processed; delete it afterwards.");
                                              episode.original.reset();
                                              episode.original_dropped = parts_.clock.now();
                                              return Reach::publishers;
                                            });
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

asio::awaitable<Result<Pauses>> EpisodeMedia::pauses(std::string id) {
  auto known = co_await waveform(id);
  if (!known) co_return std::unexpected(known.error());
  if (!known->silences)
    co_return fail(ErrorKind::not_found,
                   "This recording was processed before silences were looked for; process it again to get them. Listeners won't notice.");
  const auto episode = co_await known_episode(parts_.database, std::move(id));
  if (!episode) co_return std::unexpected(episode.error());
  const auto chapters = co_await parts_.disk.run([&] { return chapters_of(parts_.media, *episode); });
  if (!chapters) co_return std::unexpected(chapters.error());
  std::vector<std::chrono::milliseconds> starts;
  for (const auto& chapter : chapters->items) starts.push_back(std::chrono::floor<std::chrono::milliseconds>(chapter.start));
  Pauses found{.duration = known->duration, .silences = std::move(*known->silences), .proposals = {}};
  found.proposals = propose_cue_points(std::chrono::floor<std::chrono::milliseconds>(found.duration), found.silences, starts);
  found.can_be_cut = episode->master && !episode->master->details.as_uploaded;
  co_return found;
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

asio::awaitable<Result<Episode>> EpisodeMedia::set_cover_from_recording(accounts::Actor by, std::string id, CoverFit fit) {
  const auto known = co_await known_episode(parts_.database, id);
  if (!known) co_return known;
  const auto original = recording_of(*known);
  if (!original) co_return std::unexpected(original.error());
  const auto made = co_await parts_.picture_workers.run(by.id, [&] { return parts_.pictures.make_from_recording(*original, fit); });
  if (!made) co_return std::unexpected(made.error());
  co_return co_await parts_.acts.on_episode({.by = std::move(by), .what = "episode.image"}, id,
                                            [&](ActTransaction& transaction, Episode& episode) -> Result<Reach> {
                                              if (episode.cover == made->picture) return Reach::nowhere;
                                              queries::insert(transaction.session(), episode.show_id, made->picture, made->sizes);
                                              episode.cover = made->picture;
                                              return Reach::listeners;
                                            });
}

asio::awaitable<Result<Chapters>> EpisodeMedia::chapters_in_recording(accounts::Actor by, std::string id) {
  const auto known = co_await known_episode(parts_.database, std::move(id));
  if (!known) co_return std::unexpected(known.error());
  const auto original = recording_of(*known);
  if (!original) co_return std::unexpected(original.error());
  // Formats without an index are read from beginning to end for this.
  co_return co_await parts_.picture_workers.run(by.id, [&]() -> Result<Chapters> {
    const auto body = parts_.media.open(*original);
    if (!body) return std::unexpected(body.error());
    const auto file = parts_.media.local_file(*original);
    if (!file) return std::unexpected(file.error());
    const auto promise = parts_.program.read_promise((*file)->get(), {});
    if (!promise) return std::unexpected(promise.error());
    return chapters_in(*body, *promise, known->master ? known->master->duration : promise->duration);
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
