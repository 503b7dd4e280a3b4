// See keeper_runner.hpp.

#include "certs/keeper/keeper_runner.hpp"

#include "base/mutex.hpp"

#include <algorithm>
#include <thread>

namespace carillon::certs {
namespace {

/// Clocks are set, and other nodes add names: look again after this, whatever is due next.
constexpr std::chrono::seconds kLongestNap{10};
/// What is ready but waits for room at its issuer is looked at again after this.
constexpr std::chrono::milliseconds kShortestNap{50};

}  // namespace

struct KeeperRunner::Impl {
  Keeper& keeper;
  const Clock& clock;
  const std::size_t count;
  Mutex mutex;
  Condition changed;
  std::uint64_t changes GUARDED_BY(mutex) = 0;
  bool stopping GUARDED_BY(mutex) = false;
  std::vector<std::thread> threads;

  void run() {
    Lock lock{mutex};
    while (!stopping) {
      const auto seen = changes;
      lock.unlock();
      const bool worked = keeper.work();
      std::chrono::nanoseconds nap = kLongestNap;
      if (!worked) {
        if (const auto next = keeper.next())
          nap = std::clamp<std::chrono::nanoseconds>(std::min<Duration>(*next - clock.now(), kLongestNap), kShortestNap, kLongestNap);
      }
      lock.lock();
      if (!worked && !stopping)
        changed.wait_for(lock, nap, [&] {
          mutex.is_held();
          return stopping || changes != seen;
        });
    }
  }
};

KeeperRunner::KeeperRunner(Keeper& keeper, const Clock& clock, std::size_t threads)
    : impl_{new Impl{.keeper = keeper, .clock = clock, .count = threads}} {}

KeeperRunner::~KeeperRunner() { stop(); }

void KeeperRunner::start() {
  impl_->keeper.on_change([impl = impl_] {
    {
      const Lock lock{impl->mutex};
      ++impl->changes;
    }
    impl->changed.notify_one();
  });
  for (std::size_t i = 0; i < impl_->count; ++i) impl_->threads.emplace_back([impl = impl_.get()] { impl->run(); });
}

void KeeperRunner::stop() {
  {
    const Lock lock{impl_->mutex};
    impl_->stopping = true;
  }
  impl_->changed.notify_all();
  for (auto& thread : impl_->threads) thread.join();
  impl_->threads.clear();
  impl_->keeper.on_change({});
}

}  // namespace carillon::certs
