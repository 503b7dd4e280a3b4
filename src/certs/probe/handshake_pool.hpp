#pragma once
// Thousands of handshakes at once on one thread, each with its own deadline: who is silent or slow delays nobody else.

#include "certs/probe/handshake.hpp"

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <unordered_map>

namespace carillon::certs {

/// A handshake is fresh this long after its start while it is not connected, and this long in all: what takes longer is most likely silent,
/// and no sign of a load that others would feel.
inline constexpr std::chrono::milliseconds kFreshUnconnected{100};
inline constexpr std::chrono::milliseconds kFresh{500};

/// One thread at a time, but for `wake`.
class HandshakePool {
 public:
  using Instant = std::chrono::steady_clock::time_point;
  /// `took`: from its start to its end.
  using Done = std::function<void(std::uint64_t key, Outcome outcome, std::chrono::steady_clock::duration took)>;

  [[nodiscard]] static Result<std::unique_ptr<HandshakePool>> create();

  /// `key` names it in `wait`; no two at a time may have the same.
  void start(std::uint64_t key, const Attempt& attempt, std::chrono::milliseconds within);
  [[nodiscard]] std::size_t size() const noexcept { return running_.size(); }
  [[nodiscard]] std::size_t fresh() const noexcept { return fresh_; }
  [[nodiscard]] std::size_t connected() const noexcept { return connected_; }
  /// Fresh, and not connected yet: most of them soon will be.
  [[nodiscard]] std::size_t connecting() const noexcept { return connecting_; }
  /// Lets them go on, for `at_most` or until some have ended or `wake` was called; says which ended.
  void wait(std::chrono::milliseconds at_most, const Done& done);
  /// Ends the present or the next `wait` early. Any thread.
  void wake() noexcept;

 private:
  /// What an alarm is for, in their order.
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
