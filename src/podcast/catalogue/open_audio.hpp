#pragma once
// The open audio files of published episodes. Each episode of a snapshot has a place for its audio: a download uses it without a lock and
// open(2); audio that isn't open yet is opened on a worker.

#include "audio/master.hpp"
#include "base/mutex.hpp"
#include "blob/store.hpp"
#include "jobs/fair_workers.hpp"
#include "podcast/catalogue/catalogue.hpp"
#include "podcast/model/show.hpp"

#include <algorithm>
#include <atomic>
#include <functional>
#include <variant>

namespace carillon::podcast {

/// Episodes whose audio is open at the same time, over all snapshots; each needs one descriptor, or two with a long tag. Fewer if the
/// process has few descriptors. Downloads may keep closed ones open.
inline constexpr std::size_t kMaxOpenAudio = 2048;
/// Audio that has been open this long is reopened at the next request, to notice lost, truncated or replaced files.
inline constexpr std::chrono::seconds kAudioTrusted{60};
/// Audio without requests for this long is closed when other audio is opened.
inline constexpr std::chrono::minutes kAudioIdle{10};

struct OpenAudio {
  audio::MasterSlices slices;
  Body whole;
  CuttableAudio cuttable;
  std::chrono::steady_clock::time_point opened;
};

/// One episode's audio. Shared by all snapshots in which the episode has the same bytes.
class AudioPlace {
 public:
  /// `former`: whole files that the episode served before, some of which may have expired.
  explicit AudioPlace(std::vector<FormerFile> former = {}) : former_{std::move(former)} {}

  /// `validator`: the SHA-256 of a whole file, or its Last-Modified to the second.
  [[nodiscard]] bool has_former(const std::variant<Digest, Time>& validator) const {
    return std::ranges::any_of(former_, [&](const FormerFile& file) {
      const auto* whole = std::get_if<Digest>(&validator);
      return whole ? file.whole == *whole : std::chrono::floor<std::chrono::seconds>(file.since) == std::get<Time>(validator);
    });
  }

 private:
  friend class AudioPool;
  const std::vector<FormerFile> former_;
  std::atomic<std::shared_ptr<const OpenAudio>> open_;
  std::atomic<std::chrono::steady_clock::time_point> used_{};
  std::atomic<bool> renewing_ = false;  ///< it is being reopened
  bool listed_ = false;                 ///< guarded by the pool's mutex
};

/// Any thread.
class AudioPool {
 public:
  using Moment = std::chrono::steady_clock::time_point;

  /// `most` is how many may be open; `now` provides the times of opening and use.
  explicit AudioPool(
      blob::Store& media, std::size_t most = default_most(), std::function<Moment()> now = [] { return std::chrono::steady_clock::now(); })
      : media_{media}, most_{most}, now_{std::move(now)} {}

  /// Null if open() must be called: it isn't open, or has been open so long that this caller should reopen it.
  [[nodiscard]] std::shared_ptr<const OpenAudio> at_hand(AudioPlace& place) const;
  /// Opens it on a worker. `corrupt` if a file doesn't have its stored length: it would be different content with the same ETag.
  asio::awaitable<Result<std::shared_ptr<const OpenAudio>>> open(std::shared_ptr<const Episode> episode, std::shared_ptr<AudioPlace> place);
  /// Another file of the store, on the same workers.
  asio::awaitable<Result<Body>> open_file(Digest digest);

  [[nodiscard]] std::size_t open_count();
  /// kMaxOpenAudio, or an eighth of this process's descriptor limit.
  [[nodiscard]] static std::size_t default_most() noexcept;

 private:
  Result<std::shared_ptr<const OpenAudio>> open_now(const Episode& episode, const std::shared_ptr<AudioPlace>& place);
  Result<OpenAudio> opened(const Episode& episode) const;
  Result<Body> whole_file(const Digest& digest, ByteCount length) const;
  /// Removes idle and excess audio and returns it, to be freed without the mutex.
  std::vector<std::shared_ptr<const OpenAudio>> sweep() REQUIRES(mutex_);

  blob::Store& media_;
  const std::size_t most_;
  const std::function<Moment()> now_;
  Mutex mutex_;  ///< for opening and closing
  std::vector<std::weak_ptr<AudioPlace>> listed_ GUARDED_BY(mutex_);
  Moment swept_ GUARDED_BY(mutex_) = {};
  jobs::FairWorkers workers_{{.threads = 4, .running_per_key = 1, .waiting_per_key = 10'000}};  ///< by episode: two never open the same
};

}  // namespace carillon::podcast
