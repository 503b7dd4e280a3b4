#pragma once
// What slows guessing down: failed attempts are counted per subject, and each further one costs a pause.

#include "base/time.hpp"
#include "db/database.hpp"

#include <span>
#include <string>
#include <string_view>

namespace carillon::accounts {

/// Nobody waits longer than this for the sake of somebody else's guesses.
inline constexpr std::chrono::seconds kMaxPause{60};
/// Failures are forgotten after a day without another one.
inline constexpr std::chrono::hours kFailuresForgotten{24};

/// `free` attempts cost nothing; each further failure costs a pause of 1 s, 2 s, 4 s … kMaxPause.
struct Guard {
  std::string subject;
  int free = 0;
};

/// One account from one address prefix: a stranger elsewhere slows nobody down but themselves.
[[nodiscard]] Guard guard_of_account_from(std::string_view email, std::string_view address_prefix);
/// Everything from one address prefix: many people may share one.
[[nodiscard]] Guard guard_of_address(std::string_view address_prefix);
/// One account from everywhere: guesses that are spread over many addresses. With its pauses at most 100 in an hour (OWASP ASVS 4.0.3
/// §2.2.1). Devices that have signed in before are not held up by it.
[[nodiscard]] Guard guard_of_account(std::string_view email);
/// One device that has signed in before.
[[nodiscard]] Guard guard_of_device(std::string_view device_id);
/// The current password and code of somebody who is signed in.
[[nodiscard]] Guard guard_of_person(std::string_view person_id);
/// Asking for password links from one address prefix.
[[nodiscard]] Guard guard_of_resets(std::string_view address_prefix);
/// Inviting: each invitation may be a mail to somebody who knows nothing of us.
[[nodiscard]] Guard guard_of_invitations(std::string_view person_id);

/// The subject of invitations to one address.
[[nodiscard]] std::string invited_turns(std::string_view email);
/// At most `most` in any hour: takes one, or answers how long to wait, and takes none. One that lies in the future, from a clock that was
/// ahead, is forgotten.
[[nodiscard]] Duration take_turn(db::Session& session, const std::string& subject, int most, Time now);

/// Counts an attempt at every one of `guards`, before it is judged: many at once do not slip through, and a success takes it back. Or
/// answers how long to wait, and counts nothing. A last failure that lies in the future, from a clock that was ahead, counts as now.
[[nodiscard]] Duration count_attempt(db::Session& session, std::span<const Guard> guards, Time now);
/// One counted attempt less.
void take_back(db::Session& session, std::span<const Guard> guards);

}  // namespace carillon::accounts
