// See open_audio.hpp.

#include "podcast/catalogue/open_audio.hpp"

#include "base/log.hpp"

#include <sys/resource.h>
#include <sys/stat.h>

#include <algorithm>

namespace carillon::podcast {
namespace {

/// Tag and Info frame up to this length are kept in memory: they are the first that every download sends. Longer ones, with many chapters,
/// stay in their file.
constexpr ByteCount kMaxPrefixInMemory{8ULL << 10};
/// How exactly the time of the last use is kept: written at every request, it would go from core to core.
constexpr std::chrono::seconds kUseStep{1};
constexpr std::chrono::minutes kBetweenSweeps{1};
/// What is closed at once when too much is open, so that not each opening has to look for something to close.
constexpr std::size_t kClosedPart = 8;
constexpr std::size_t kUsualDescriptors = 1024;

/// Whether one of its files became shorter than what is read of it. Asks only for what is open: no disk is waited for.
bool is_cut(const Body& body) {
  return std::ranges::any_of(body.slices(), [](const Slice& slice) {
    const auto* part = std::get_if<FileSlice>(&slice);
    struct stat found{};
    return part && ::fstat(part->file->get(), &found) == 0 &&
           ByteCount{static_cast<std::uint64_t>(found.st_size)} < part->offset + part->length;
  });
}

/// Without cue points if the frames can't be cut: then the episode is served as it is, which is better than not at all.
CuttableAudio cuttable_of(const Episode& episode, const Body& frames) {
  CuttableAudio cuttable;
  if (episode.master->details.as_uploaded || episode.cue_points.empty()) return cuttable;
  constexpr ByteCount kHeader{4};
  const auto start = frames.length() < kHeader ? Result<std::string>{std::string{}} : whole(frames.part({}, kHeader));
  const auto header = start ? audio::parse_mp3_header(as_bytes(*start)) : std::nullopt;
  if (header) cuttable.format = {.bitrate = header->bitrate, .channels = header->channels, .sample_rate = header->sample_rate};
  for (const auto& point : episode.cue_points) {
    const auto at = audio::cut_at(frames, point.at);
    const auto until = point.until ? audio::cut_at(frames, *point.until) : at;
    if (!at || !until) {
      log::error("an episode can't be cut at its cue points",
                 {{"event", "cue_points.failed"}, {"episode", episode.id}, {"reason", (at ? until : at).error().message}});
      return {};
    }
    cuttable.cues.push_back(
        {.at = *at, .until = point.until ? std::optional{*until} : std::nullopt, .kind = point.kind, .slots = point.slots});
  }
  return cuttable;
}

}  // namespace

std::size_t AudioPool::default_most() noexcept {
  rlimit limit{};
  const auto descriptors = ::getrlimit(RLIMIT_NOFILE, &limit) == 0 ? static_cast<std::size_t>(limit.rlim_cur) : kUsualDescriptors;
  return std::clamp<std::size_t>(descriptors / 8, 1, kMaxOpenAudio);
}

std::shared_ptr<const OpenAudio> AudioPool::at_hand(AudioPlace& place) const {
  auto open = place.open_.load();
  if (!open) return open;
  // Whoever gets it is promised its length.
  if (is_cut(open->whole)) return nullptr;
  const auto now = now_();
  if (now - place.used_.load(std::memory_order_relaxed) >= kUseStep) place.used_.store(now, std::memory_order_relaxed);
  if (now - open->opened >= kAudioTrusted && !place.renewing_.exchange(true)) return nullptr;
  return open;
}

asio::awaitable<Result<std::shared_ptr<const OpenAudio>>> AudioPool::open(std::shared_ptr<const Episode> episode,
                                                                          std::shared_ptr<AudioPlace> place) {
  struct Renewed {
    ~Renewed() { place.renewing_ = false; }
    AudioPlace& place;
  };
  const Renewed renewed{*place};
  co_return co_await workers_.run(episode->id, [this, episode, place] { return open_now(*episode, place); });
}

asio::awaitable<Result<Body>> AudioPool::open_file(Digest digest) {
  co_return co_await workers_.run(digest.hex(), [this, digest] { return media_.open(digest); });
}

Result<Body> AudioPool::whole_file(const Digest& digest, ByteCount length) const {
  auto body = media_.open(digest);
  if (body && body->length() != length)
    return fail(ErrorKind::corrupt, "the file " + digest.hex() + " is " + to_human(body->length()) + " instead of " + to_human(length));
  return body;
}

Result<OpenAudio> AudioPool::opened(const Episode& episode) const {
  auto prefix = whole_file(episode.frozen->prefix, episode.frozen->prefix_length);
  if (!prefix) return forward_error(prefix);
  if (prefix->length() <= kMaxPrefixInMemory) {
    auto text = whole(*prefix);
    if (!text) return forward_error(text);
    prefix = Body::of(std::move(*text));
  }
  auto frames = whole_file(episode.master->frames, episode.master->frames_length);
  if (!frames) return forward_error(frames);
  auto slices = audio::slices_of(*prefix, std::move(*frames));
  if (!slices) return forward_error(slices);
  auto whole_body = slices->whole();
  auto cuttable = cuttable_of(episode, slices->frames);
  return OpenAudio{.slices = std::move(*slices), .whole = std::move(whole_body), .cuttable = std::move(cuttable), .opened = now_()};
}

Result<std::shared_ptr<const OpenAudio>> AudioPool::open_now(const Episode& episode, const std::shared_ptr<AudioPlace>& place) {
  auto before = place->open_.load();
  if (before && is_cut(before->whole)) before = nullptr;
  if (before && now_() - before->opened < kAudioTrusted) return before;  // somebody was faster
  auto audio = opened(episode);
  const bool is_lost = !audio && (audio.error().kind == ErrorKind::not_found || audio.error().kind == ErrorKind::corrupt);
  if (is_lost) place->open_.store(nullptr);  // its place stays listed until the next sweep
  // What is open is still good where only opening it again did not work: no descriptor was left, the disk is away.
  if (!audio && before && !is_lost) return before;
  if (!audio) return forward_error(audio);
  auto open = std::make_shared<const OpenAudio>(std::move(*audio));
  std::vector<std::shared_ptr<const OpenAudio>> closed;
  {
    const Lock lock{mutex_};
    place->open_.store(open);
    place->used_ = open->opened;
    if (!std::exchange(place->listed_, true)) listed_.push_back(place);
    if (listed_.size() > most_ || open->opened - swept_ >= kBetweenSweeps) closed = sweep();
  }
  return open;
}

std::vector<std::shared_ptr<const OpenAudio>> AudioPool::sweep() {
  struct Use {
    Moment last;
    std::shared_ptr<AudioPlace> place;
  };
  swept_ = now_();
  std::vector<Use> uses;
  for (const auto& weak : listed_) {
    if (auto place = weak.lock()) uses.push_back({place->used_.load(), std::move(place)});
  }
  std::ranges::sort(uses, std::ranges::greater{}, &Use::last);
  auto kept = uses.size() <= most_ ? uses.size() : most_ - most_ / kClosedPart;
  while (kept > 1 && swept_ - uses[kept - 1].last >= kAudioIdle) --kept;
  std::vector<std::shared_ptr<const OpenAudio>> closed;
  listed_.clear();
  for (std::size_t at = 0; at < uses.size(); ++at) {
    auto& place = uses[at].place;
    if (at < kept && place->open_.load()) {
      listed_.push_back(place);
    } else {
      place->listed_ = false;
      closed.push_back(place->open_.exchange(nullptr));
    }
  }
  return closed;
}

std::size_t AudioPool::open_count() {
  const Lock lock{mutex_};
  return static_cast<std::size_t>(std::ranges::count_if(listed_, [](const auto& weak) {
    const auto place = weak.lock();
    return place && place->open_.load();
  }));
}

}  // namespace carillon::podcast
