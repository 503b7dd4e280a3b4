#pragma once
// Relays events from the parts where they occur to listeners: a separate thread reads the details, so that the notifying code can continue
// immediately.

#include "base/mutex.hpp"

#include <deque>
#include <functional>
#include <string>
#include <thread>
#include <unordered_set>

namespace carillon::api {

/// Notes that can wait; if there are more, all are dropped and listeners are notified that they missed something.
inline constexpr std::size_t kMaxNotes = 10'000;

class EventRelay {
 public:
  /// `overrun` is called on the relay's thread after notes were dropped.
  explicit EventRelay(std::function<void()> overrun) : overrun_{std::move(overrun)} {}
  ~EventRelay() { stop(); }
  EventRelay(const EventRelay&) = delete;
  EventRelay& operator=(const EventRelay&) = delete;

  void start();
  /// Joins the thread; waiting notes are dropped.
  void stop();
  /// `tell` runs on the relay's thread, in the order of notes, and may block. If a note with the same `key` is already waiting, nothing is
  /// added: it will report the state at that time. Any thread; doesn't block.
  void note(std::string key, std::function<void()> tell);

 private:
  void run();

  struct Note {
    std::string key;
    std::function<void()> tell;
  };
  std::function<void()> overrun_;
  Mutex mutex_;
  Condition changed_;
  std::deque<Note> notes_ GUARDED_BY(mutex_);
  std::unordered_set<std::string> keys_ GUARDED_BY(mutex_);  ///< of the notes that wait
  bool overran_ GUARDED_BY(mutex_) = false;
  bool stopping_ GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace carillon::api
