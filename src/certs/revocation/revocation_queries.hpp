#pragma once
// The database queries of Revocations. Every function runs in its caller's transaction.

#include "base/set_back.hpp"
#include "certs/revocation/stored_revocations.hpp"

#include <vector>

namespace carillon::certs {

/// A certificate to check.
struct RevocationCheck {
  Revocation state;
  std::string chain;  ///< PEM
  Time not_before, not_after;
};

/// Adds it, due immediately, or notes that its check is still wanted.
void want_check(db::Session& session, const RevocationCheck& check, Time now);
/// At most `most` certificates that are due at `now` and haven't expired, longest overdue first.
[[nodiscard]] std::vector<RevocationCheck> due_checks(db::Session& session, Time now, int most);
[[nodiscard]] std::optional<Time> next_due_check(db::Session& session, Time now);
void record_check(db::Session& session, const Revocation& state, Time next);
/// All, without their chains. One: stored_revocations.hpp.
[[nodiscard]] std::vector<Revocation> all_revocations(db::Session& session);
/// Deletes those for which no check has been requested since then.
void forget_unwanted(db::Session& session, Time since);
/// The clock was set back: everything is checked again.
void clock_set_back_for_revocations(db::Session& session, const SetBack& jump);

}  // namespace carillon::certs
