// See guessing.hpp.

#include "accounts/access/guessing.hpp"

#include "accounts/access/secrets.hpp"
#include "accounts/store/failures.hpp"

#include <algorithm>

namespace carillon::accounts {
namespace {

/// A subject's length must not depend on what strangers write, and a password that was typed into the wrong field must not be kept.
std::string digest_part(std::string_view text) { return digest_of(text).substr(0, 32); }

Duration pause_after(const Guard& guard, int failures) {
  if (failures < guard.free) return {};
  return std::min(std::chrono::seconds{1LL << std::min(failures - guard.free, 20)}, kMaxPause);
}

queries::Failures present_failures(db::Session& session, const std::string& subject, Time now) {
  auto failures = queries::failures_of(session, subject);
  if (failures.count == 0 || failures.last + kFailuresForgotten <= now) return {};
  if (failures.last > now) {
    // Written down, so that the pause ends.
    failures.last = now;
    queries::set_failures(session, subject, failures);
  }
  return failures;
}

}  // namespace

Guard guard_of_account_from(std::string_view email, std::string_view address_prefix) {
  return {.subject = "account " + digest_part(email) + " from " + std::string(address_prefix), .free = 5};
}
Guard guard_of_address(std::string_view address_prefix) { return {.subject = "address " + std::string(address_prefix), .free = 20}; }
Guard guard_of_account(std::string_view email) { return {.subject = "account " + digest_part(email), .free = 30}; }
Guard guard_of_device(std::string_view device_id) { return {.subject = "device " + std::string(device_id), .free = 5}; }
Guard guard_of_person(std::string_view person_id) { return {.subject = "person " + std::string(person_id), .free = 5}; }
Guard guard_of_invitations(std::string_view person_id) { return {.subject = "invitations " + std::string(person_id), .free = 50}; }
Guard guard_of_resets(std::string_view address_prefix) { return {.subject = "resets " + std::string(address_prefix), .free = 10}; }

std::string invited_turns(std::string_view email) { return "invited " + digest_part(email); }

Duration take_turn(db::Session& session, const std::string& subject, int most, Time now) {
  constexpr std::chrono::hours kTurnsCount{1};
  auto left = Duration::max();
  for (int turn = 0; turn < most; ++turn) {
    const auto place = subject + " " + std::to_string(turn);
    const auto taken = queries::failures_of(session, place);
    if (taken.count == 0 || taken.last > now || taken.last + kTurnsCount <= now) {
      queries::set_failures(session, place, {.count = 1, .last = now});
      return {};
    }
    left = std::min<Duration>(left, taken.last + kTurnsCount - now);
  }
  return left;
}

Duration count_attempt(db::Session& session, std::span<const Guard> guards, Time now) {
  Duration left{};
  std::vector<queries::Failures> counted;
  for (const auto& guard : guards) {
    const auto failures = present_failures(session, guard.subject, now);
    if (failures.count > 0) left = std::max(left, failures.last + pause_after(guard, failures.count) - now);
    counted.push_back({.count = failures.count + 1, .last = now});
  }
  if (left > Duration{}) return left;
  for (std::size_t i = 0; i < guards.size(); ++i) queries::set_failures(session, guards[i].subject, counted[i]);
  return {};
}

void take_back(db::Session& session, std::span<const Guard> guards) {
  for (const auto& guard : guards) {
    const auto failures = queries::failures_of(session, guard.subject);
    if (failures.count <= 1)
      queries::forget_failures(session, guard.subject);
    else
      queries::set_failures(session, guard.subject, {.count = failures.count - 1, .last = failures.last});
  }
}

}  // namespace carillon::accounts
