// See event_relay.hpp.

#include "api/events/event_relay.hpp"

#include "base/log.hpp"

namespace carillon::api {

void EventRelay::start() {
  thread_ = std::thread{[this] { run(); }};
}

void EventRelay::stop() {
  {
    const Lock lock{mutex_};
    stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void EventRelay::note(std::string key, std::function<void()> tell) {
  {
    const Lock lock{mutex_};
    if (stopping_ || !keys_.insert(key).second) return;
    if (notes_.size() >= kMaxNotes) {
      notes_.clear();
      keys_.clear();
      overran_ = true;
    } else {
      notes_.push_back({std::move(key), std::move(tell)});
    }
  }
  changed_.notify_one();
}

void EventRelay::run() {
  Lock lock{mutex_};
  while (true) {
    changed_.wait(lock, [this] {
      mutex_.is_held();
      return stopping_ || overran_ || !notes_.empty();
    });
    if (stopping_) return;
    std::function<void()> tell = overrun_;
    if (!std::exchange(overran_, false)) {
      // The key goes first: what changes from here on is another note.
      tell = std::move(notes_.front().tell);
      keys_.erase(notes_.front().key);
      notes_.pop_front();
    }
    lock.unlock();
    try {
      tell();
    } catch (const std::exception& error) { log::error("an event could not be delivered", {{"reason", error.what()}}); }
    lock.lock();
  }
}

}  // namespace carillon::api
