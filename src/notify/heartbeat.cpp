// See heartbeat.hpp.

#include "notify/heartbeat.hpp"

#include "base/foreign/masking.hpp"
#include "base/log.hpp"

namespace carillon::notify {

Heartbeat::Heartbeat(HeartbeatSettings settings, http::Outgoing& outgoing)
    : settings_{std::move(settings)}, outgoing_{outgoing}, thread_{[this] { work(); }} {}

Heartbeat::~Heartbeat() {
  {
    const Lock lock{mutex_};
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void Heartbeat::beat() {
  {
    const Lock lock{mutex_};
    wanted_ = true;
  }
  changed_.notify_all();
}

void Heartbeat::settle() {
  Lock lock{mutex_};
  changed_.wait(lock, [this] {
    mutex_.is_held();
    return !wanted_ && !busy_;
  });
}

Heartbeat::Counts Heartbeat::counts() const {
  const Lock lock{mutex_};
  return counts_;
}

void Heartbeat::work() {
  Lock lock{mutex_};
  while (true) {
    changed_.wait(lock, [this] {
      mutex_.is_held();
      return wanted_ || stopping_;
    });
    if (stopping_) {
      wanted_ = false;
      changed_.notify_all();
      return;
    }
    wanted_ = false;
    busy_ = true;
    lock.unlock();
    http::OutgoingRequest request;
    request.url = settings_.url;
    request.deadline = settings_.deadline;
    request.trust = settings_.trust;
    request.reach = http::Reach::anywhere;
    const auto answer = outgoing_.exchange(request);
    const bool good = answer && answer->status >= 200 && answer->status < 300;
    // The address often is the secret: it stays out of the log. An outage is one line, not one a round.
    if (!good && !failing_)
      log::warning("heartbeat failed", {{"why", answer ? "status " + std::to_string(answer->status)
                                                       : Mask{secrets_in_url(settings_.url)}.masked(answer.error().message)}});
    else if (good && failing_)
      log::info("heartbeat works again");
    else
      log::debug("heartbeat", {{"taken", good ? "yes" : "no"}});
    lock.lock();
    failing_ = !good;
    ++(good ? counts_.answered : counts_.failed);
    busy_ = false;
    changed_.notify_all();
  }
}

}  // namespace carillon::notify
