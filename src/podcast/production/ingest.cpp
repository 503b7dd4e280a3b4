// The job that makes a recording into a master. It may be cut anywhere and run again: what it stores is named by its bytes, and what it
// decides is one transaction.

#include "audio/master.hpp"
#include "base/text.hpp"
#include "podcast/model/checks.hpp"
#include "podcast/production/production.hpp"
#include "podcast/publishing/stored_texts.hpp"
#include "podcast/store/episodes.hpp"
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

/// At most `limit` characters of a text.
std::string beginning_of(std::string_view text, std::size_t limit) {
  while (characters_in(text) > limit) text = cut_to(text, text.size() - 1);
  return std::string(text);
}

/// The chapters that the recording itself has, as far as they are fit to be shown.
Result<Chapters> chapters_in(const Body& recording, const audio::Promise& promise, std::chrono::microseconds duration) {
  auto tagged = promise.chapters.empty() ? audio::chapters_in(recording) : promise.chapters;
  if (!tagged) return forward_error(tagged);
  Chapters chapters;
  for (auto& found : *tagged) {
    if (found.title.empty() || found.start >= duration) continue;
    Chapter chapter{.start = found.start, .title = beginning_of(found.title, kLongestChapterTitle)};
    if (is_web_address(found.url)) chapter.url = std::move(found.url);
    chapters.items.push_back(std::move(chapter));
  }
  return chapters;
}

std::optional<Digest> original_of(const jobs::Job& job) {
  boost::json::error_code wrong;
  const auto payload = boost::json::parse(job.payload, wrong);
  const auto* object = wrong ? nullptr : payload.if_object();
  const auto* text = object ? object->if_contains("original") : nullptr;
  if (!text || !text->is_string()) return {};
  const auto digest = Digest::from_hex(std::string_view(text->as_string()));
  return digest ? std::optional{*digest} : std::nullopt;
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

Result<> Production::ingest(const jobs::Job& job, jobs::Progress& progress) {
  const auto original = original_of(job);
  if (!original) return fail(ErrorKind::invalid, "The job doesn't specify its recording.");
  // Also in the trash: what is brought back must not wait for a job that ended long ago.
  const auto current = [&](db::Session& session) -> std::optional<EpisodeInItsShow> {
    auto episode = queries::episode_even_deleted(session, job.subject);
    if (!episode || episode->original != original) return {};  // gone for good, or replaced by a newer recording
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
      if (!now) return {};
      auto& episode = now->episode;
      const auto was = episode;
      episode.original.reset();
      episode.publish_at.reset();
      if (episode.state == EpisodeState::processing) episode.state = episode.published ? EpisodeState::unpublished : EpisodeState::draft;
      return transaction.put(processed, was, episode, Reach::publishers);
    });
    if (!noted) return noted;
    return std::unexpected(std::move(why));
  };

  if (!parts_.media.has(*original)) return give_up(gone_from_store(ErrorKind::invalid).error());
  const auto source = parts_.media.open(*original);
  if (!source) return std::unexpected(source.error());
  const auto file = parts_.media.local_file(*original);
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
  std::unique_ptr<blob::Writer> writer;
  if (promise) {
    const auto room = audio::room_for_master(*promise, (*work)->show.format);
    auto begun = parts_.media.begin(room);
    if (!begun) return forward_error(begun);
    writer = std::move(*begun);
    if (auto reserved = reserve(parts_.media, writer->descriptor(), room); !reserved) return reserved;
  }
  const auto made = promise
                        ? parts_.program.make_master(recording, writer->descriptor(), (*work)->show.format, *promise, report_up_to(0.95))
                        : std::unexpected(promise.error());
  if (!made && made.error().kind == ErrorKind::invalid) return give_up(made.error());
  if (!made) return std::unexpected(made.error());
  if (is_silent(made->findings) && (*work)->episode.state == EpisodeState::published)
    return give_up({ErrorKind::invalid, "There is no sound in this recording, so the episode keeps its audio. Check the export.", {}});
  if (auto cut = give_back_rest(writer->descriptor()); !cut) return cut;
  const auto stored = writer->keep();
  if (!stored) return std::unexpected(stored.error());
  const auto frames = parts_.media.open(stored->digest);
  if (!frames) return std::unexpected(frames.error());
  if (auto good = audio::check_master(*frames, (*work)->show.format, made->duration); !good) return good;

  progress.report(0.97, "Publishing");
  const Master master{.frames = stored->digest,
                      .frames_length = stored->length,
                      .duration = made->duration,
                      .loudness = made->loudness,
                      .source_loudness = made->source_loudness,
                      .true_peak = made->true_peak,
                      .findings = made->findings};
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
    finished.episode.master = master;
    std::optional<StoredText> found;
    if (!finished.episode.chapters) {
      auto chapters = chapters_in(*source, *promise, made->duration);
      if (!chapters) return forward_error(chapters);
      if (!chapters->items.empty()) {
        const auto kept = keep_text(parts_.media, render_chapters(*chapters));
        if (!kept) return std::unexpected(kept.error());
        finished.episode.chapters = found = *kept;
      }
    }
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
      const bool is_new = !episode.master || episode.master->frames != stored->digest || !episode.frozen;
      if (is_new) {
        episode.master = master;
        episode.frozen = *frozen;
      }
      queries::set_waveform(transaction.session(), episode.id, stored->digest, made->peaks);
      if (found) {
        queries::set_chapters(transaction.session(), episode.id, found);
        episode.chapters = found;
      }
      // What nobody can hear is published only by someone who knows.
      if (episode.deleted || now->show.deleted || is_silent(master.findings)) episode.publish_at.reset();
      if (auto settled = parts_.schedule.settle(transaction, episode); !settled) return forward_error(settled);
      const auto reach = is_new || episode.state != was.state ? Reach::listeners : Reach::nowhere;
      if (auto put = transaction.put(processed, was, episode, reach); !put) return forward_error(put);
      return true;
    });
    if (!committed) return std::unexpected(committed.error());
    done = *committed;
  }
  return {};
}

Result<> Production::take_up_again(db::Session& session, const jobs::Job& job) {
  const auto original = original_of(job);
  auto episode = queries::episode_even_deleted(session, job.subject);
  if (!original || !episode) return fail(ErrorKind::conflict, "The episode of this recording was deleted.");
  const auto newer = jobs::has_newer(session, job);
  if (!newer) return std::unexpected(newer.error());
  if (*newer || (episode->original && episode->original != original))
    return fail(ErrorKind::conflict, "The episode has a newer recording; this one won't be processed again.");
  if (!parts_.media.has(*original)) return gone_from_store(ErrorKind::conflict);
  if (episode->original == original) return {};
  // It was given up, and its episode let go of it.
  return parts_.acts.join(session, [&](ActTransaction& transaction) {
    const auto was = *episode;
    begin_processing(*episode, *original);
    return transaction.put({.by = kMachine, .what = "episode.audio"}, was, *episode, Reach::publishers);
  });
}

}  // namespace carillon::podcast
