// See creative_files.hpp. A job may be interrupted anywhere and run again: its files are named by their bytes, and each is stored in one
// transaction.

#include "ads/booking/creative_files.hpp"

#include "audio/master.hpp"
#include "base/log.hpp"
#include "base/spoken_time.hpp"
#include "podcast/model/findings.hpp"

#include <algorithm>
#include <array>
#include <map>

namespace carillon::ads {
namespace {

/// Only two formats can be chosen for shows; samples of short episodes fall into more groups.
constexpr std::size_t kMaxSamples = 16;
/// Encoding can miss the limit for peaks; a lower one is tried before the recording is refused: dB.
constexpr double kSecondTry = 1.0;
/// Measuring has this precision: dB.
constexpr double kPeakTolerance = 0.05;
/// Progress up to which the recording is only read.
constexpr double kRead = 0.05;

bool has(const std::vector<FileTarget>& targets, const FileTarget& target) { return std::ranges::find(targets, target) != targets.end(); }

std::vector<FileTarget> missing_of(const Creative& creative, const std::vector<FileTarget>& targets) {
  std::vector<FileTarget> missing;
  for (const auto& target : targets) {
    if (std::ranges::none_of(creative.files, [&](const CreativeFile& file) { return target_of(file) == target; }))
      missing.push_back(target);
  }
  return missing;
}

/// Whether the job isn't tried again after this (jobs::Handler).
bool is_final(const Error& error, const jobs::Job& job) {
  constexpr std::array kPermanent{ErrorKind::invalid, ErrorKind::not_found, ErrorKind::refused, ErrorKind::conflict, ErrorKind::too_large};
  return std::ranges::find(kPermanent, error.kind) != kPermanent.end() || job.attempts >= jobs::kMaxAttempts;
}

Result<> check_length(const audio::Promise& promise) {
  if (promise.duration > kLongestCreative)
    return fail(ErrorKind::invalid, "The recording is " + length_text(std::chrono::floor<std::chrono::milliseconds>(promise.duration)) +
                                        " long; an advertisement can be " + length_text(kLongestCreative) + " long.");
  return {};
}

}  // namespace

void CreativeFiles::register_jobs() {
  const std::string kind{kCreativeJob};
  parts_.jobs.handle(kind, [this](const jobs::Job& job, jobs::Progress& progress) { return make(job, progress); });
  parts_.jobs.before_retry(kind, [](db::Session& session, const jobs::Job& job) -> Result<> {
    auto creative = queries::creative(session, job.subject);
    if (!creative) return fail(ErrorKind::conflict, "The creative was deleted.");
    if (creative->state != CreativeState::failed) return {};
    creative->state = CreativeState::processing;
    creative->error.clear();
    queries::update(session, *creative);
    return {};
  });
}

Result<std::vector<FileTarget>> CreativeFiles::targets(const std::string& network) {
  struct Known {
    std::vector<FileTarget> of_shows;
    std::vector<Digest> samples;
  };
  auto known = parts_.database.read_now([&](db::Session& session) -> Result<Known> {
    return Known{queries::targets_of_shows(session, network), queries::sample_masters(session, network, kMaxSamples)};
  });
  if (!known) return forward_error(known);
  auto targets = std::move(known->of_shows);
  for (const auto& digest : known->samples) {
    const auto frames = parts_.media.open(digest);
    if (!frames) continue;  // a lost file is reported by those who serve it
    const auto start = whole(frames->part({}, std::min(frames->length(), ByteCount{4})));
    const auto header = start ? audio::parse_mp3_header(as_bytes(*start)) : std::nullopt;
    if (!header) continue;
    const audio::Format format{.bitrate = header->bitrate, .channels = header->channels, .sample_rate = header->sample_rate};
    const FileTarget target{.format = format};
    const bool is_known = std::ranges::any_of(targets, [&](const FileTarget& each) {
      return each.format.bitrate == format.bitrate && each.format.channels == format.channels &&
             each.format.sample_rate == format.sample_rate;
    });
    if (!is_known && !has(targets, target)) targets.push_back(target);
  }
  // A network without shows can prepare its orders, too.
  if (targets.empty()) targets.emplace_back();
  return targets;
}

Result<CreativeFiles::Made> CreativeFiles::make_file(int recording, const audio::Promise& promise, const FileTarget& target,
                                                     const std::function<bool(double, std::string_view)>& report) {
  audio::MasterSettings settings{.loudness = target.loudness, .true_peak = kCreativeTruePeak, .usual_loudness = target.loudness};
  for (int attempt = 1;; ++attempt) {
    auto writer = parts_.media.begin(audio::room_for_master(promise, target.format));
    if (!writer) return forward_error(writer);
    auto made = parts_.program.make_master(recording, (*writer)->descriptor(), target.format, promise, report, settings);
    if (!made) return forward_error(made);
    if (podcast::is_silent(made->findings))
      return fail(ErrorKind::invalid, "There is no sound in this recording. Check the export and upload it again.");
    if (made->duration > kLongestCreative || made->duration < kShortestCreative)
      return fail(ErrorKind::invalid, "The recording is " + length_text(std::chrono::floor<std::chrono::milliseconds>(made->duration)) +
                                          " long; an advertisement must be between half a second and " + length_text(kLongestCreative) +
                                          " long.");
    if (made->true_peak > kCreativeTruePeak + kPeakTolerance) {
      if (attempt == 1) {
        settings.true_peak -= kSecondTry;
        continue;
      }
      return fail(ErrorKind::invalid, "The recording's peaks couldn't be brought below −1.5 dBTP. Lower its level and upload it again.");
    }
    const auto stored = (*writer)->keep();
    if (!stored) return std::unexpected(stored.error());
    const auto frames = parts_.media.open(stored->digest);
    if (!frames) return std::unexpected(frames.error());
    if (auto good = audio::check_master(*frames, target.format, made->duration); !good) return std::unexpected(good.error());
    const auto stream = audio::stream_of(*frames);
    if (!stream) return std::unexpected(stream.error());
    return Made{.file = {.format = target.format,
                         .frames = stored->digest,
                         .length = stored->length,
                         .duration = stream->duration(),
                         .loudness = target.loudness},
                .loudness = made->loudness,
                .true_peak = made->true_peak};
  }
}

Result<> CreativeFiles::make_missing(const BookedCreative& creative, jobs::Progress& progress) {
  const auto wanted = targets(creative.network);
  if (!wanted) return std::unexpected(wanted.error());
  const auto missing = missing_of(creative.creative, *wanted);
  const auto report = [&progress](double from, double to) {
    return [&progress, from, to](double fraction, std::string_view doing) {
      progress.report(from + (to - from) * fraction, doing);
      return !progress.stopping();
    };
  };
  if (!missing.empty()) {
    if (!creative.original || !parts_.media.has(*creative.original))
      return fail(ErrorKind::invalid, "The recording of this creative is no longer stored; add the creative again.");
    const auto recording = parts_.media.local_file(*creative.original);
    if (!recording) return std::unexpected(recording.error());
    const auto promise = parts_.program.read_promise((*recording)->get(), report(0, kRead));
    if (!promise) return std::unexpected(promise.error());
    if (auto good = check_length(*promise); !good) return good;
    const double share = (1 - kRead) / static_cast<double>(missing.size());
    for (std::size_t i = 0; i < missing.size(); ++i) {
      const double from = kRead + share * static_cast<double>(i);
      const auto made = make_file((*recording)->get(), *promise, missing[i], report(from, from + share));
      if (!made) return std::unexpected(made.error());
      const auto stored = parts_.database.write_now([&](db::Session& session) -> Result<> {
        if (!queries::creative(session, creative.creative.id)) return {};
        queries::put_file(session, creative.creative.id, made->file, made->loudness, made->true_peak);
        return {};
      });
      if (!stored) return stored;
    }
  }
  return parts_.database.write_now([&](db::Session& session) -> Result<> {
    auto now = queries::creative(session, creative.creative.id);
    if (!now) return {};
    now->state = CreativeState::ready;
    now->error.clear();
    now->tried.reset();
    queries::update(session, *now);
    parts_.orders.note_change(now->network);
    return {};
  });
}

Result<> CreativeFiles::failed(const std::string& id, const Error& why) {
  return parts_.database.write_now([&](db::Session& session) -> Result<> {
    auto creative = queries::creative(session, id);
    if (!creative) return {};
    creative->error = public_message(why);
    creative->tried = parts_.clock.now();
    // One that was ready is still heard in the formats that it has.
    if (creative->state != CreativeState::ready) creative->state = CreativeState::failed;
    queries::update(session, *creative);
    return {};
  });
}

Result<> CreativeFiles::make(const jobs::Job& job, jobs::Progress& progress) {
  const auto creative = parts_.database.read_now(
      [&](db::Session& session) -> Result<std::optional<BookedCreative>> { return queries::creative(session, job.subject); });
  if (!creative) return std::unexpected(creative.error());
  if (!*creative) return {};  // deleted
  auto made = make_missing(**creative, progress);
  if (made || progress.stopping() || !is_final(made.error(), job)) return made;
  if (auto noted = failed(job.subject, made.error()); !noted) return noted;
  return made;
}

Result<> CreativeFiles::round() {
  const auto now = parts_.clock.now();
  const auto creatives = parts_.database.read_now(
      [&](db::Session& session) -> Result<std::vector<BookedCreative>> { return queries::ready_creatives(session, now); });
  if (!creatives) return std::unexpected(creatives.error());
  std::map<std::string, std::vector<FileTarget>> by_network;
  std::size_t enqueued = 0;
  for (const auto& each : *creatives) {
    auto known = by_network.find(each.network);
    if (known == by_network.end()) {
      auto targets = parts_.database.read_now(
          [&](db::Session& session) -> Result<std::vector<FileTarget>> { return queries::targets_of_shows(session, each.network); });
      if (!targets) return std::unexpected(targets.error());
      known = by_network.emplace(each.network, std::move(*targets)).first;
    }
    if (missing_of(each.creative, known->second).empty()) continue;
    const auto job = parts_.database.write_now([&](db::Session& session) -> Result<bool> {
      const auto unfinished = jobs::find_unfinished(session, kCreativeJob, each.creative.id);
      if (!unfinished) return std::unexpected(unfinished.error());
      if (*unfinished) return false;
      const auto made = jobs::enqueue(session, parts_.clock, parts_.random,
                                      {.kind = kCreativeJob, .subject = each.creative.id, .network = each.network, .share = each.network});
      if (!made) return std::unexpected(made.error());
      return true;
    });
    if (!job) return std::unexpected(job.error());
    if (*job) ++enqueued;
  }
  if (enqueued > 0) {
    log::info("creatives are made in another format", {{"creatives", enqueued}});
    parts_.jobs.wake();
  }
  return parts_.database.write_now([&](db::Session& session) -> Result<> {
    queries::drop_files_of_deleted(session, now);
    return {};
  });
}

}  // namespace carillon::ads
