#pragma once
// Thousands of handshakes at once on one thread, each with its own deadline: who is silent or slow delays nobody else.

#include "certs/watch/handshake.hpp"

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <unordered_map>

namespace carillon::certs {

/// One thread at a time, but for `wake`.
class Crowd {
 public:
  using Instant = std::chrono::steady_clock::time_point;
  using Done = std::function<void(std::uint64_t key, Outcome outcome)>;

  [[nodiscard]] static Result<std::unique_ptr<Crowd>> create();

  /// `key` names it in `wait`; no two at a time may have the same.
  void start(std::uint64_t key, const Attempt& attempt, std::chrono::milliseconds within);
  [[nodiscard]] std::size_t size() const noexcept { return running_.size(); }
  /// Lets them go on, for `at_most` or until some have ended or `wake` was called; says which ended.
  void wait(std::chrono::milliseconds at_most, const Done& done);
  /// Ends the present or the next `wait` early. Any thread.
  void wake() noexcept;

 private:
  struct Member {
    Handshake handshake;
    Instant deadline;
    std::multimap<Instant, std::uint64_t>::iterator alarm;
    bool registered_for_write = false;
  };
  Crowd(TlsLook look, FileDescriptor epoll, FileDescriptor waker)
      : look_{std::move(look)}, epoll_{std::move(epoll)}, waker_{std::move(waker)} {}
  void ring_alarms();
  void settle(std::uint64_t key, Member& member);

  TlsLook look_;
  FileDescriptor epoll_, waker_;
  std::unordered_map<std::uint64_t, std::unique_ptr<Member>> running_;
  std::multimap<Instant, std::uint64_t> alarms_;
  std::vector<std::pair<std::uint64_t, Outcome>> ended_;
};

}  // namespace carillon::certs
