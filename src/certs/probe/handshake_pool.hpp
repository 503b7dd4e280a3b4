#pragma once
// Thousands of parallel handshakes on one thread, each with its own deadline, so that silent or slow servers don't delay others.

#include "certs/probe/handshake.hpp"

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <unordered_map>

namespace carillon::certs {

/// How long a handshake counts as fresh: while it isn't connected, and in total. Slower ones are most likely silent, and not a sign of load
/// that affects others.
inline constexpr std::chrono::milliseconds kFreshUnconnected{100};
inline constexpr std::chrono::milliseconds kFresh{500};

/// One thread at a time, except `wake`.
class HandshakePool {
 public:
  using Instant = std::chrono::steady_clock::time_point;
  /// `took` is the time from start to end.
  using Done = std::function<void(std::uint64_t key, Outcome outcome, std::chrono::steady_clock::duration took)>;

  [[nodiscard]] static Result<std::unique_ptr<HandshakePool>> create();

  /// `key` identifies it in `wait`; it must be unique among running handshakes.
  void start(std::uint64_t key, const Attempt& attempt, std::chrono::milliseconds within);
  [[nodiscard]] std::size_t size() const noexcept { return running_.size(); }
  [[nodiscard]] std::size_t fresh() const noexcept { return fresh_; }
  [[nodiscard]] std::size_t connected() const noexcept { return connected_; }
  /// Fresh handshakes that aren't connected yet; most of them soon will be.
  [[nodiscard]] std::size_t connecting() const noexcept { return connecting_; }
  /// Runs them for `at_most`, or until some are done or `wake` was called; reports which are done.
  void wait(std::chrono::milliseconds at_most, const Done& done);
  /// Ends the current or next `wait` early. Any thread.
  void wake() noexcept;

 private:
  /// The timers of a handshake, in order.
  enum class Stage { unconnected, fresh, nudge, deadline };
  struct Member {
    Handshake handshake;
    Instant started;
    std::chrono::milliseconds within;
    std::multimap<Instant, std::uint64_t>::iterator alarm;
    Stage stage = Stage::unconnected;
    bool is_fresh = true;
    bool is_connected = false;
    bool is_connecting = true;
    bool registered_for_write = false;
  };
  struct Ended {
    std::uint64_t key;
    Outcome outcome;
    std::chrono::steady_clock::duration took;
  };
  HandshakePool(TlsLook look, FileDescriptor epoll, FileDescriptor waker)
      : look_{std::move(look)}, epoll_{std::move(epoll)}, waker_{std::move(waker)} {}
  void ring_alarms();
  void settle(std::uint64_t key, Member& member);
  void set_alarm(std::uint64_t key, Member& member);
  void no_longer_fresh(Member& member);
  void no_longer_connecting(Member& member);

  TlsLook look_;
  FileDescriptor epoll_, waker_;
  std::unordered_map<std::uint64_t, std::unique_ptr<Member>> running_;
  std::multimap<Instant, std::uint64_t> alarms_;
  std::vector<Ended> ended_;
  std::size_t fresh_ = 0, connected_ = 0, connecting_ = 0;
};

}  // namespace carillon::certs
