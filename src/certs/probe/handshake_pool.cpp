// epoll, level-triggered: a handshake that left something unread is asked again.

#include "certs/probe/handshake_pool.hpp"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace carillon::certs {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::uint64_t kWakerKey = ~std::uint64_t{0};
constexpr std::size_t kEventsAtOnce = 256;
/// After this share of its time a handshake that has heard nothing is nudged.
constexpr int kNudgeNumerator = 4, kNudgeDenominator = 5;

}  // namespace

Result<std::unique_ptr<HandshakePool>> HandshakePool::create() {
  auto look = TlsLook::create();
  if (!look) return forward_error(look);
  FileDescriptor epoll{::epoll_create1(EPOLL_CLOEXEC)};
  FileDescriptor waker{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
  if (!epoll || !waker) return fail_errno("wait for", "connections", errno);
  epoll_event event{.events = EPOLLIN, .data = {.u64 = kWakerKey}};
  if (::epoll_ctl(epoll.get(), EPOLL_CTL_ADD, waker.get(), &event) != 0) return fail_errno("wait for", "connections", errno);
  return std::unique_ptr<HandshakePool>(new HandshakePool{std::move(*look), std::move(epoll), std::move(waker)});
}

void HandshakePool::start(std::uint64_t key, const Attempt& attempt, milliseconds within) {
  auto member = std::make_unique<Member>(Member{Handshake{look_, attempt}, steady_clock::now(), within, {}});
  if (member->handshake.over()) {
    ended_.push_back({key, member->handshake.take_outcome(), {}});
    return;
  }
  member->registered_for_write = member->handshake.wants_write();
  epoll_event event{.events = EPOLLIN | (member->registered_for_write ? EPOLLOUT : 0U), .data = {.u64 = key}};
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, member->handshake.descriptor(), &event) != 0) {
    member->handshake.give_up();
    ended_.push_back({key, member->handshake.take_outcome(), {}});
    return;
  }
  ++fresh_;
  ++connecting_;
  set_alarm(key, *member);
  running_.emplace(key, std::move(member));
}

void HandshakePool::set_alarm(std::uint64_t key, Member& member) {
  auto after = member.within;
  if (member.stage == Stage::unconnected) after = std::min(kFreshUnconnected, member.within);
  if (member.stage == Stage::fresh) after = std::min(kFresh, member.within);
  if (member.stage == Stage::nudge) after = member.within * kNudgeNumerator / kNudgeDenominator;
  member.alarm = alarms_.emplace(member.started + after, key);
}

void HandshakePool::no_longer_fresh(Member& member) {
  if (std::exchange(member.is_fresh, false)) --fresh_;
}

void HandshakePool::no_longer_connecting(Member& member) {
  if (std::exchange(member.is_connecting, false)) --connecting_;
}

void HandshakePool::wait(milliseconds at_most, const Done& done) {
  auto patience = ended_.empty() ? at_most : milliseconds{0};
  if (!alarms_.empty()) {
    // Rounded up: an alarm a microsecond away must not become a spin.
    const auto until_alarm = std::chrono::ceil<milliseconds>(alarms_.begin()->first - steady_clock::now());
    patience = std::clamp(until_alarm, milliseconds{0}, patience);
  }
  std::array<epoll_event, kEventsAtOnce> events;
  const int ready = ::epoll_wait(epoll_.get(), events.data(), kEventsAtOnce, static_cast<int>(patience.count()));
  for (int i = 0; i < ready; ++i) {
    const auto key = events[static_cast<std::size_t>(i)].data.u64;
    if (key == kWakerKey) {
      std::uint64_t count = 0;
      (void)!::read(waker_.get(), &count, sizeof count);
      continue;
    }
    const auto found = running_.find(key);
    if (found == running_.end()) continue;
    found->second->handshake.advance();
    settle(key, *found->second);
  }
  ring_alarms();
  for (auto& [key, outcome, took] : std::exchange(ended_, {})) done(key, std::move(outcome), took);
}

void HandshakePool::ring_alarms() {
  const auto now = steady_clock::now();
  while (!alarms_.empty() && alarms_.begin()->first <= now) {
    const auto key = alarms_.begin()->second;
    auto& member = *running_.at(key);
    switch (member.stage) {
      case Stage::unconnected:
        if (!member.is_connected) no_longer_fresh(member);
        no_longer_connecting(member);
        member.stage = Stage::fresh;
        break;
      case Stage::fresh:
        no_longer_fresh(member);
        member.stage = Stage::nudge;
        break;
      case Stage::nudge:
        member.handshake.nudge();
        member.stage = Stage::deadline;
        break;
      case Stage::deadline:
        member.handshake.give_up();
        settle(key, member);
        continue;
    }
    alarms_.erase(member.alarm);
    set_alarm(key, member);
  }
}

void HandshakePool::settle(std::uint64_t key, Member& member) {
  auto& handshake = member.handshake;
  if (handshake.is_connected() && !std::exchange(member.is_connected, true)) {
    ++connected_;
    no_longer_connecting(member);
  }
  if (handshake.over()) {
    ended_.push_back({key, handshake.take_outcome(), steady_clock::now() - member.started});
    if (member.is_connected) --connected_;
    no_longer_fresh(member);
    no_longer_connecting(member);
    alarms_.erase(member.alarm);
    running_.erase(key);
    return;
  }
  if (handshake.wants_write() == member.registered_for_write) return;
  member.registered_for_write = handshake.wants_write();
  epoll_event event{.events = EPOLLIN | (member.registered_for_write ? EPOLLOUT : 0U), .data = {.u64 = key}};
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, handshake.descriptor(), &event);
}

void HandshakePool::wake() noexcept {
  const std::uint64_t one = 1;
  (void)!::write(waker_.get(), &one, sizeof one);
}

}  // namespace carillon::certs
