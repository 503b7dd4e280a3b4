#pragma once
// Slows down guessing: counts failed attempts per subject and adds a pause for each further one.

#include "base/time.hpp"
#include "db/database.hpp"

#include <span>
#include <string>
#include <string_view>

namespace carillon::accounts {

/// The longest pause that other people's guesses can impose on anyone.
inline constexpr std::chrono::seconds kMaxPause{60};
/// Failures are forgotten after a day without another one.
inline constexpr std::chrono::hours kFailuresForgotten{24};

/// `free` attempts have no pause; each further failure adds a pause of 1 s, 2 s, 4 s … kMaxPause.
struct Guard {
  std::string subject;
  int free = 0;
};

/// One account from one address prefix, so that strangers elsewhere only slow down themselves.
[[nodiscard]] Guard guard_of_account_from(std::string_view email, std::string_view address_prefix);
/// Everything from one address prefix: many people may share one.
[[nodiscard]] Guard guard_of_address(std::string_view address_prefix);
/// One account from all addresses, against guesses that are spread over many of them. Its pauses allow at most 100 attempts an hour (OWASP
/// ASVS 4.0.3 §2.2.1). It doesn't slow down devices that have signed in before.
[[nodiscard]] Guard guard_of_account(std::string_view email);
/// One device that has signed in before.
[[nodiscard]] Guard guard_of_device(std::string_view device_id);
/// Attempts to confirm the current password and code of a person who is signed in.
[[nodiscard]] Guard guard_of_person(std::string_view person_id);
/// Requests for password links from one address prefix.
[[nodiscard]] Guard guard_of_resets(std::string_view address_prefix);
/// Invitations: each one may send an email to a stranger.
[[nodiscard]] Guard guard_of_invitations(std::string_view person_id);

/// The subject of invitations to one address.
[[nodiscard]] std::string invited_turns(std::string_view email);
/// Allows at most `most` turns an hour: uses one, or returns how long to wait without using any. Turns in the future, from a clock that was
/// ahead, are discarded.
[[nodiscard]] Duration take_turn(db::Session& session, const std::string& subject, int most, Time now);

/// Counts an attempt with each of `guards` before it is checked, so that parallel attempts can't slip through; a success takes it back.
/// Otherwise returns how long to wait and counts nothing. A last failure in the future, from a clock that was ahead, counts as now.
[[nodiscard]] Duration count_attempt(db::Session& session, std::span<const Guard> guards, Time now);
/// Removes one counted attempt.
void take_back(db::Session& session, std::span<const Guard> guards);

}  // namespace carillon::accounts
