// See repeater.hpp.

#include "jobs/repeater.hpp"

#include "base/log.hpp"

#include <algorithm>

namespace carillon::jobs {
namespace {

/// Two rounds are never closer than this, whatever is due.
constexpr std::chrono::milliseconds kShortest{20};
/// While another node has the turn, it is looked for this often: that node may have ended.
constexpr std::chrono::milliseconds kLookForTurn{5'000};

}  // namespace

void Repeater::start() {
  thread_ = std::thread{[this] { run(); }};
}

void Repeater::stop() {
  {
    const Lock lock{mutex_};
    stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Repeater::run() {
  Lock lock{mutex_};
  while (!stopping_) {
    lock.unlock();
    std::chrono::nanoseconds pause = longest_;
    try {
      if (!turn_.mine())
        pause = std::min(longest_, kLookForTurn);
      else if (const auto next = round_())
        pause = std::clamp<std::chrono::nanoseconds>(std::min<Duration>(*next - clock_.now(), longest_), kShortest, longest_);
    } catch (const std::exception& error) {
      log::error("a background task was interrupted by an error and will run again", {{"reason", error.what()}});
    }
    lock.lock();
    changed_.wait_for(lock, pause, [this] {
      mutex_.is_held();
      return stopping_;
    });
  }
}

}  // namespace carillon::jobs
