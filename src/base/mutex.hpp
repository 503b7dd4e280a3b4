#pragma once
// Mutexes with annotations, so that clang rejects unguarded access (-Wthread-safety,
// https://clang.llvm.org/docs/ThreadSafetyAnalysis.html). The same as the standard ones otherwise.

#include <chrono>
#include <condition_variable>
#include <mutex>

// NOLINTBEGIN(cppcoreguidelines-macro-usage): attributes have no other short form.
#define GUARDED_BY(mutex) __attribute__((guarded_by(mutex)))
#define REQUIRES(...) __attribute__((requires_capability(__VA_ARGS__)))
// NOLINTEND(cppcoreguidelines-macro-usage)

namespace carillon {

class __attribute__((capability("mutex"))) Mutex {
 public:
  void lock() __attribute__((acquire_capability())) { mutex_.lock(); }
  void unlock() __attribute__((release_capability())) { mutex_.unlock(); }
  /// For code that the analysis can't follow: the body of a lambda that is called while the mutex is held.
  void is_held() const __attribute__((assert_capability(this))) {}

 private:
  friend class Condition;
  std::mutex mutex_;
};

/// Holds a mutex until its end, or until unlock().
class __attribute__((scoped_lockable)) Lock {
 public:
  explicit Lock(Mutex& mutex) __attribute__((acquire_capability(mutex))) : mutex_{mutex} { mutex_.lock(); }
  ~Lock() __attribute__((release_capability())) {
    if (held_) mutex_.unlock();
  }
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;

  void unlock() __attribute__((release_capability())) {
    held_ = false;
    mutex_.unlock();
  }
  void lock() __attribute__((acquire_capability())) {
    mutex_.lock();
    held_ = true;
  }

 private:
  friend class Condition;
  Mutex& mutex_;
  bool held_ = true;
};

/// Releases a mutex until its end, then locks it again.
class __attribute__((scoped_lockable)) Unlock {
 public:
  explicit Unlock(Mutex& mutex) __attribute__((release_capability(mutex))) : mutex_{mutex} { mutex_.unlock(); }
  ~Unlock() __attribute__((release_capability())) { mutex_.lock(); }  // the analysis reads this as the end of what the constructor did
  Unlock(const Unlock&) = delete;
  Unlock& operator=(const Unlock&) = delete;

 private:
  Mutex& mutex_;
};

/// The lock given to a wait is held when it returns. A predicate that accesses guarded members starts with `mutex.is_held()`.
class Condition {
 public:
  void notify_one() noexcept { condition_.notify_one(); }
  void notify_all() noexcept { condition_.notify_all(); }

  template <class Predicate>
  void wait(Lock& lock, Predicate predicate) {
    Native native{lock};
    condition_.wait(native.lock, std::move(predicate));
  }
  void wait(Lock& lock) {
    Native native{lock};
    condition_.wait(native.lock);
  }
  template <class Span, class Predicate>
  bool wait_for(Lock& lock, const Span& span, Predicate predicate) {
    Native native{lock};
    return condition_.wait_for(native.lock, span, std::move(predicate));
  }
  template <class Span>
  std::cv_status wait_for(Lock& lock, const Span& span) {
    Native native{lock};
    return condition_.wait_for(native.lock, span);
  }
  template <class Moment, class Predicate>
  bool wait_until(Lock& lock, const Moment& moment, Predicate predicate) {
    Native native{lock};
    return condition_.wait_until(native.lock, moment, std::move(predicate));
  }

 private:
  /// The standard lock that a standard condition variable needs, for the mutex that is already held; it stays held.
  struct Native {
    explicit Native(Lock& held) : lock{held.mutex_.mutex_, std::adopt_lock} {}
    ~Native() { lock.release(); }
    std::unique_lock<std::mutex> lock;
  };

  std::condition_variable condition_;
};

}  // namespace carillon
