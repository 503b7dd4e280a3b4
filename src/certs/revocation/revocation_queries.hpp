#pragma once
// What Revocations asks of its table. Every function runs within its caller's transaction.

#include "base/set_back.hpp"
#include "certs/revocation/stored_revocations.hpp"

#include <vector>

namespace carillon::certs {

/// A certificate that is to be checked.
struct RevocationCheck {
  Revocation state;
  std::string chain;  ///< PEM
  Time not_before, not_after;
};

/// Adds it, due at once, or notes that it is still wanted.
void want_check(db::Session& session, const RevocationCheck& check, Time now);
/// Those due at `now` that have not expired; the longest due first, `most` at most.
[[nodiscard]] std::vector<RevocationCheck> due_checks(db::Session& session, Time now, int most);
[[nodiscard]] std::optional<Time> next_due_check(db::Session& session, Time now);
void record_check(db::Session& session, const Revocation& state, Time next);
/// All, without their chains. One: stored_revocations.hpp.
[[nodiscard]] std::vector<Revocation> all_revocations(db::Session& session);
/// Forgets what nobody has wanted since.
void forget_unwanted(db::Session& session, Time since);
/// The clock was set back: everything is checked again.
void clock_set_back_for_revocations(db::Session& session, const SetBack& jump);

}  // namespace carillon::certs
