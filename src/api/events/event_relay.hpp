#pragma once
// Between the parts where something happens and those who listen: a thread of its own reads what is to be told, so that whoever says "this
// changed" goes on at once.

#include "base/mutex.hpp"

#include <deque>
#include <functional>
#include <string>
#include <thread>
#include <unordered_set>

namespace carillon::api {

/// Notes that wait to be told; when there are more, all are dropped and listeners are told that they missed something.
inline constexpr std::size_t kMaxNotes = 10'000;

class EventRelay {
 public:
  /// `overrun` is called on the relay's thread after notes were dropped.
  explicit EventRelay(std::function<void()> overrun) : overrun_{std::move(overrun)} {}
  ~EventRelay() { stop(); }
  EventRelay(const EventRelay&) = delete;
  EventRelay& operator=(const EventRelay&) = delete;

  void start();
  /// Joins the thread; what still waits is dropped.
  void stop();
  /// `tell` is run on the relay's thread, in the order of notes, and may block. While one of the same `key` waits nothing is added: it will
  /// tell what is true then. Any thread; does not block.
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
