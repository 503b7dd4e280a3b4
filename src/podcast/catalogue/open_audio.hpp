#pragma once
// The audio of published episodes, open. Each episode of a snapshot has a place for its own: a download takes what is there, without a lock
// and without open(2); what is not there yet is opened on a worker.

#include "audio/master.hpp"
#include "base/mutex.hpp"
#include "blob/store.hpp"
#include "jobs/fair_workers.hpp"
#include "podcast/model/show.hpp"

#include <atomic>
#include <functional>

namespace carillon::podcast {

/// Episodes whose audio is open at the same time, over all snapshots; each holds one descriptor, or two where its tag is long. Fewer where
/// the process may hold few descriptors. Downloads hold what they read beyond that.
inline constexpr std::size_t kMaxOpenAudio = 2048;
/// Audio that was open so long is opened again at the next request: a file that was lost, cut or replaced meanwhile is noticed.
inline constexpr std::chrono::seconds kAudioTrusted{60};
/// Audio that nobody asked for so long is closed when other audio is opened.
inline constexpr std::chrono::minutes kAudioIdle{10};

struct OpenAudio {
  audio::MasterSlices slices;
  Body whole;
  std::chrono::steady_clock::time_point opened;
};

/// One episode's. Shared by all snapshots that show the episode with the same bytes.
class AudioPlace {
 public:
  AudioPlace() = default;

 private:
  friend class AudioPool;
  std::atomic<std::shared_ptr<const OpenAudio>> open_;
  std::atomic<std::chrono::steady_clock::time_point> used_{};
  std::atomic<bool> renewing_ = false;  ///< somebody opens it again
  bool listed_ = false;                 ///< the pool's mutex guards it
};

/// Any thread.
class AudioPool {
 public:
  using Moment = std::chrono::steady_clock::time_point;

  /// `most` is how many may be open; what `now` says is when they were opened and used.
  explicit AudioPool(
      blob::Store& media, std::size_t most = default_most(), std::function<Moment()> now = [] { return std::chrono::steady_clock::now(); })
      : media_{media}, most_{most}, now_{std::move(now)} {}

  /// Null when open() must be called: it is not open, or has been for so long that this caller is to open it again.
  [[nodiscard]] std::shared_ptr<const OpenAudio> at_hand(AudioPlace& place) const;
  /// Opens it on a worker. `corrupt` when a file is not as long as it was stored: it would be another episode under the same ETag.
  asio::awaitable<Result<std::shared_ptr<const OpenAudio>>> open(std::shared_ptr<const Episode> episode, std::shared_ptr<AudioPlace> place);
  /// Another file of the store, on the same workers.
  asio::awaitable<Result<Body>> open_file(Digest digest);

  [[nodiscard]] std::size_t open_count();
  /// kMaxOpenAudio, or an eighth of the descriptors that this process may hold.
  [[nodiscard]] static std::size_t default_most() noexcept;

 private:
  Result<std::shared_ptr<const OpenAudio>> open_now(const Episode& episode, const std::shared_ptr<AudioPlace>& place);
  Result<OpenAudio> opened(const Episode& episode) const;
  Result<Body> whole_file(const Digest& digest, ByteCount length) const;
  /// Closes what is idle, and what is too many; answers that, to be freed without the mutex.
  std::vector<std::shared_ptr<const OpenAudio>> sweep() REQUIRES(mutex_);

  blob::Store& media_;
  const std::size_t most_;
  const std::function<Moment()> now_;
  Mutex mutex_;  ///< of those who open and close
  std::vector<std::weak_ptr<AudioPlace>> listed_ GUARDED_BY(mutex_);
  Moment swept_ GUARDED_BY(mutex_) = {};
  jobs::FairWorkers workers_{{.threads = 4, .running_per_key = 1, .waiting_per_key = 10'000}};  ///< by episode: two never open the same
};

}  // namespace carillon::podcast
