// The job that makes a recording into a master. It may be cut anywhere and run again: what it stores is named by its bytes, and what it
// decides is one transaction.

#include "audio/master.hpp"
#include "audio/uploaded_mp3.hpp"
#include "base/text.hpp"
#include "podcast/production/production.hpp"
#include "podcast/publishing/recorded_chapters.hpp"
#include "podcast/publishing/stored_texts.hpp"
#include "podcast/store/episodes.hpp"
#include "podcast/store/kept_audio.hpp"
#include "podcast/store/shows.hpp"
#include "uploads/uploads.hpp"

#include <boost/json/parse.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <mutex>

namespace carillon::podcast {
namespace {

/// Between what the headers of an MP3's frames add up to and what is decoded. Decoders leave out what encoders have added at both ends.
constexpr std::chrono::milliseconds kMaxDifference{250};
/// Masters of one recording are as long as each other, except for some frames at the ends.
constexpr std::chrono::milliseconds kSameLength{100};
/// A recording that could not be processed can be tried again, also by the next release of this program.
constexpr std::chrono::days kFailedOriginalKept{7};

/// Whether `recorded`, the chapters of its recording, become those of `episode`: unless somebody chose others, or wanted none.
bool takes_chapters(const Episode& episode, const std::optional<StoredText>& recorded) {
  const auto before = episode.master ? episode.master->details.chapters : std::nullopt;
  if (episode.chapters) return before == episode.chapters->digest;
  return recorded && before != recorded->digest;
}

/// What a job is to process.
struct Order {
  Digest original;
  bool again = false;  ///< the episode has a master of it, which stays if this fails
};

std::optional<Order> order_of(const jobs::Job& job) {
  boost::json::error_code wrong;
  const auto payload = boost::json::parse(job.payload, wrong);
  const auto* object = wrong ? nullptr : payload.if_object();
  const auto* text = object ? object->if_contains("original") : nullptr;
  if (!text || !text->is_string()) return {};
  const auto digest = Digest::from_hex(std::string_view(text->as_string()));
  if (!digest) return {};
  const auto* again = object->if_contains("again");
  return Order{.original = *digest, .again = again && again->is_bool() && again->get_bool()};
}

bool has_original(const Episode& episode, const Digest& original) { return episode.original && episode.original->digest == original; }

/// Whether the cue points of `was` apply to `master`: times mean something in one recording only.
bool cue_points_apply(const Episode& was, const Master& master, const Order& order) {
  if (master.details.as_uploaded) return false;  // it can't be cut
  if (!was.master || was.master->frames == master.frames) return true;
  // What was uploaded meanwhile isn't processed yet.
  const bool is_same_recording = order.again && was.original && was.original->processed;
  return is_same_recording && std::chrono::abs(was.master->duration - master.duration) < kSameLength;
}

/// Deletes the cue points of `episode`, which was `was`, if they don't apply to its new master, and says so.
void settle_cue_points(db::Session& session, const Episode& was, const Order& order, Episode& episode) {
  auto& points = episode.cue_points;
  const auto count = points.size();
  if (!cue_points_apply(was, *episode.master, order) || !fit_into(episode.master->duration, points)) points.clear();
  if (points == was.cue_points) return;
  queries::set_cue_points(session, episode.id, points);
  if (points.empty()) episode.master->findings.push_back({AudioFinding::Kind::cues_dropped, static_cast<double>(count)});
}

std::unexpected<Error> gone_from_store(ErrorKind kind) {
  return fail(kind, "The uploaded recording is no longer stored; upload it again.");
}

/// Takes `room` for the file behind `descriptor` from the disk, behind its end, so that of two recordings at once the second hears that it
/// does not fit before it is encoded. Where the file system cannot, the check that came before must do.
Result<> reserve(blob::Store& media, int descriptor, ByteCount room) {
  // One at a time, and only what fits: a file system that is asked for too much gives what it has before it says no, and two that ask at
  // once would each find the disk full of the other's.
  static std::mutex one_at_a_time;
  const std::lock_guard lock{one_at_a_time};
  if (auto fits = media.check_space(room); !fits) return fits;
  if (fallocate(descriptor, FALLOC_FL_KEEP_SIZE, 0, static_cast<off_t>(room.value)) != 0) {
    if (errno != ENOSPC && errno != EDQUOT) return {};
    return fail(ErrorKind::no_space,
                "There isn't enough space on the disk for the master of this recording: it needs " + to_human(room) + ".");
  }
  return {};
}

/// Gives back what the file did not need.
Result<> give_back_rest(int descriptor) {
  struct stat status{};
  if (fstat(descriptor, &status) != 0 || ftruncate(descriptor, status.st_size) != 0) return fail_errno("truncate", "the master", errno);
  return {};
}

}  // namespace

/// What is to be processed, and how.
struct Production::Recording {
  const Show& show;
  bool has_cue_points;  ///< that apply to it
  const Body& body;
  int descriptor;
  const audio::Promise& promise;
  std::function<bool(double, std::string_view)> report;

  [[nodiscard]] audio::MasterSettings settings() const {
    const auto loudness = target_loudness(show.audio, show.format.channels);
    return {.loudness = loudness, .usual_loudness = loudness.value_or(audio::MasterSettings{}.usual_loudness)};
  }
};

/// A master in the store.
struct Production::Produced {
  audio::MasterMade made;
  blob::Stored stored;
  bool as_uploaded = false;
};

Result<std::optional<Production::Produced>> Production::serve_as_uploaded(const Recording& recording) {
  auto writer = parts_.media.begin(recording.body.length());
  if (!writer) return forward_error(writer);
  const auto length = audio::copy_frames(recording.body, **writer);
  if (!length) return std::unexpected(length.error());
  if (!*length) return std::nullopt;
  // What is behind the last frame is left out, so nothing is missing.
  auto promise = recording.promise;
  promise.missing = {};
  auto made = parts_.program.measure(recording.descriptor, promise, recording.report, recording.settings());
  if (!made) return forward_error(made);
  // What is decoded and what apps will count must be the same; and what is damaged is better repaired.
  const bool is_whole = std::chrono::abs(made->duration - **length) < kMaxDifference &&
                        std::ranges::none_of(made->findings, [](const auto& finding) { return finding.kind == AudioFinding::Kind::lost; });
  if (!is_whole) return std::nullopt;
  const auto stored = (*writer)->keep();
  if (!stored) return std::unexpected(stored.error());
  return Produced{.made = std::move(*made), .stored = *stored, .as_uploaded = true};
}

Result<Production::Produced> Production::produce(const Recording& recording) {
  const auto& format = recording.show.format;
  const bool is_wanted_as_uploaded = recording.show.audio.as_uploaded && recording.promise.is_mp3;
  if (is_wanted_as_uploaded && !recording.has_cue_points) {
    auto served = serve_as_uploaded(recording);
    if (!served) return std::unexpected(served.error());
    if (*served) return std::move(**served);
  }
  const auto room = audio::room_for_master(recording.promise, format);
  auto writer = parts_.media.begin(room);
  if (!writer) return forward_error(writer);
  if (auto reserved = reserve(parts_.media, (*writer)->descriptor(), room); !reserved) return std::unexpected(reserved.error());
  auto made = parts_.program.make_master(recording.descriptor, (*writer)->descriptor(), format, recording.promise, recording.report,
                                         recording.settings());
  if (!made) return forward_error(made);
  if (auto cut = give_back_rest((*writer)->descriptor()); !cut) return std::unexpected(cut.error());
  const auto stored = (*writer)->keep();
  if (!stored) return std::unexpected(stored.error());
  const auto frames = parts_.media.open(stored->digest);
  if (!frames) return std::unexpected(frames.error());
  if (auto good = audio::check_master(*frames, format, made->duration); !good) return std::unexpected(good.error());
  if (is_wanted_as_uploaded) made->findings.push_back({AudioFinding::Kind::encoded_again, recording.has_cue_points ? 1.0 : 0.0});
  return Produced{.made = std::move(*made), .stored = *stored};
}

Result<> Production::ingest(const jobs::Job& job, jobs::Progress& progress) {
  const auto order = order_of(job);
  if (!order) return fail(ErrorKind::invalid, "The job doesn't specify its recording.");
  const auto& original = order->original;
  // Also in the trash: what is brought back must not wait for a job that ended long ago.
  const auto current = [&](db::Session& session) -> std::optional<EpisodeInItsShow> {
    auto episode = queries::episode_even_deleted(session, job.subject);
    if (!episode || !has_original(*episode, original)) return {};  // gone for good, or replaced by a newer recording
    auto show = queries::show_with_id_even_deleted(session, episode->show_id);
    if (!show) return {};
    return EpisodeInItsShow{std::move(*show), std::move(*episode)};
  };
  const Act processed{.by = kMachine, .what = "episode.processed"};
  const auto work =
      parts_.database.read_now([&](db::Session& session) -> Result<std::optional<EpisodeInItsShow>> { return current(session); });
  if (!work) return std::unexpected(work.error());
  if (!*work) return {};

  // What cannot become a master: the episode is a draft again, without audio, and the job says why.
  const auto give_up = [&](Error why) -> Result<> {
    const auto noted = parts_.acts.commit_now([&](ActTransaction& transaction) -> Result<> {
      auto now = current(transaction.session());
      if (!now || order->again) return {};
      auto& episode = now->episode;
      const auto was = episode;
      queries::keep_media(transaction.session(), original, parts_.clock.now() + kFailedOriginalKept);
      episode.original.reset();
      episode.publish_at.reset();
      if (episode.state == EpisodeState::processing) episode.state = episode.published ? EpisodeState::unpublished : EpisodeState::draft;
      return transaction.put(processed, was, episode, Reach::publishers);
    });
    if (!noted) return noted;
    return std::unexpected(std::move(why));
  };

  if (!parts_.media.has(original)) return give_up(gone_from_store(ErrorKind::invalid).error());
  const auto source = parts_.media.open(original);
  if (!source) return std::unexpected(source.error());
  const auto file = parts_.media.local_file(original);
  if (!file) return std::unexpected(file.error());
  const int recording = (*file)->get();
  // Looking at it first takes a moment, or as long as reading all of it; progress never goes back.
  double reported = 0;
  const auto report_up_to = [&](double end) {
    return [&, end](double fraction, std::string_view doing) {
      reported = std::max(reported, fraction * end);
      progress.report(reported, doing);
      return !progress.stopping();
    };
  };
  // How much work and room it takes is known before any of it is done.
  const auto promise = parts_.program.read_promise(recording, report_up_to(0.1));
  if (!promise && promise.error().kind != ErrorKind::invalid) return std::unexpected(promise.error());
  if (!promise) return give_up(promise.error());
  const auto& before = (*work)->episode;
  const auto produced = produce({.show = (*work)->show,
                                 .has_cue_points = !before.cue_points.empty() && (order->again || !before.master),
                                 .body = *source,
                                 .descriptor = recording,
                                 .promise = *promise,
                                 .report = report_up_to(0.95)});
  if (!produced && produced.error().kind == ErrorKind::invalid) return give_up(produced.error());
  if (!produced) return std::unexpected(produced.error());
  const auto& made = produced->made;
  const auto& stored = produced->stored;
  if (is_silent(made.findings) && (*work)->episode.state == EpisodeState::published)
    return give_up({ErrorKind::invalid, "There is no sound in this recording, so the episode keeps its audio. Check the export.", {}});

  progress.report(0.97, "Publishing");
  const auto chapters = chapters_in(*source, *promise, made.duration);
  if (!chapters) return std::unexpected(chapters.error());
  std::optional<StoredText> recorded;
  if (!chapters->items.empty()) {
    const auto kept = keep_text(parts_.media, render_chapters(*chapters));
    if (!kept) return std::unexpected(kept.error());
    recorded = *kept;
  }
  const Master master{.frames = stored.digest,
                      .frames_length = stored.length,
                      .duration = made.duration,
                      .loudness = made.loudness,
                      .source_loudness = made.source_loudness,
                      .true_peak = made.true_peak,
                      .findings = made.findings,
                      .details = {.loudness_range = made.loudness_range,
                                  .speech_share = made.speech_share,
                                  .as_uploaded = produced->as_uploaded,
                                  .tags = promise->tags,
                                  .has_picture = made.has_picture,
                                  .chapters = recorded ? std::optional{recorded->digest} : std::nullopt}};
  bool done = false;
  for (int attempt = 0; !done; ++attempt) {
    if (attempt == kMaxFreezeAttempts)
      return fail(ErrorKind::unavailable, "The episode was edited too often while its recording was being processed.");
    // As it is by now: title and chapters may have been edited while the audio was made.
    const auto latest =
        parts_.database.read_now([&](db::Session& session) -> Result<std::optional<EpisodeInItsShow>> { return current(session); });
    if (!latest) return std::unexpected(latest.error());
    if (!*latest) return {};
    auto finished = **latest;
    const bool has_new_chapters = takes_chapters(finished.episode, recorded) && recorded != finished.episode.chapters;
    finished.episode.master = master;
    if (has_new_chapters) finished.episode.chapters = recorded;
    const auto frozen = parts_.tags.freeze(finished.show, finished.episode,
                                           finished.episode.published.value_or(finished.episode.publish_at.value_or(parts_.clock.now())));
    if (!frozen) return std::unexpected(frozen.error());
    const auto committed = parts_.acts.commit_now([&](ActTransaction& transaction) -> Result<bool> {
      auto now = current(transaction.session());
      if (!now) return true;
      if (!now->unchanged_since(**latest)) return false;
      auto& episode = now->episode;
      const auto was = episode;
      // The same recording again (the job ran twice): the same frames, and what is frozen stays.
      const bool is_new = !episode.master || episode.master->frames != stored.digest || !episode.frozen;
      episode.original->processed = parts_.clock.now();
      if (is_new) {
        episode.master = master;
        episode.frozen = *frozen;
        settle_cue_points(transaction.session(), was, *order, episode);
      } else {
        const bool was_uploaded = episode.master->details.as_uploaded;
        episode.master->details = master.details;
        episode.master->details.as_uploaded = was_uploaded;
      }
      const bool has_new_details = was.master && details_text(was.master->details) != details_text(episode.master->details);
      queries::set_waveform(transaction.session(), episode.id, stored.digest, made.peaks, made.silences);
      if (has_new_chapters) {
        queries::set_chapters(transaction.session(), episode.id, recorded);
        episode.chapters = recorded;
      }
      // What nobody can hear is published only by someone who knows.
      if (episode.deleted || now->show.deleted || is_silent(master.findings)) episode.publish_at.reset();
      if (auto settled = parts_.schedule.settle(transaction, episode); !settled) return forward_error(settled);
      const auto same = was.original->processed && !has_new_details ? Reach::nowhere : Reach::publishers;
      const auto reach = is_new || has_new_chapters || episode.state != was.state ? Reach::listeners : same;
      if (auto put = transaction.put(processed, was, episode, reach); !put) return forward_error(put);
      return true;
    });
    if (!committed) return std::unexpected(committed.error());
    done = *committed;
  }
  return {};
}

Result<> Production::take_up_again(db::Session& session, const jobs::Job& job) {
  const auto order = order_of(job);
  auto episode = queries::episode_even_deleted(session, job.subject);
  if (!order || !episode) return fail(ErrorKind::conflict, "The episode of this recording was deleted.");
  const auto newer = jobs::has_newer(session, job);
  if (!newer) return std::unexpected(newer.error());
  const auto& original = order->original;
  if (*newer || (episode->original && !has_original(*episode, original)))
    return fail(ErrorKind::conflict, "The episode has a newer recording; this one won't be processed again.");
  if (!parts_.media.has(original)) return gone_from_store(ErrorKind::conflict);
  if (has_original(*episode, original)) return {};
  if (order->again) return fail(ErrorKind::conflict, "The original recording was deleted; upload it again.");
  // It was given up, and its episode let go of it.
  return parts_.acts.join(session, [&](ActTransaction& transaction) {
    const auto was = *episode;
    begin_processing(*episode, {.digest = original, .length = {}});
    return transaction.put({.by = kMachine, .what = "episode.audio"}, was, *episode, Reach::publishers);
  });
}

}  // namespace carillon::podcast
