#pragma once
// All parts of accounts, for the composition root and for tests. Other code gets only the parts that it uses.

#include "accounts/access/callers.hpp"
#include "accounts/access/self.hpp"
#include "accounts/access/sessions.hpp"
#include "accounts/access/tokens.hpp"
#include "accounts/people/administration.hpp"
#include "accounts/people/first_run.hpp"
#include "accounts/people/invitations.hpp"
#include "accounts/people/links.hpp"
#include "accounts/people/networks.hpp"
#include "accounts/people/people.hpp"
#include "accounts/people/takedowns.hpp"

namespace carillon::accounts {

/// Any thread. All arguments must outlive it.
struct Accounts {
  /// `master` seals the two-factor secrets. Suspensions are read immediately; throws if that fails.
  Accounts(db::Database& database, const crypto::MasterKey& master, const Clock& clock, Random& random);

  Suspensions suspensions;  ///< active suspensions
  Revocations revocations;  ///< revoked rights
  HashingQueue hashing;
  SecondFactors second_factors;
  SessionMaker maker;

  Callers callers;
  Sessions sessions;
  Self self;
  Tokens tokens;

  People people;
  Administration administration;
  FirstRun first_run;
  Links links;
  Invitations invitations;
  Networks networks;
  Takedowns takedowns;
};

/// Deletes expired sessions, links, devices and old failures. Entries that started in the future, by a clock that was ahead, are changed to
/// start now and keep their lifetime. Blocks; worker threads.
Result<> sweep_now(db::Database& database, const Clock& clock);

}  // namespace carillon::accounts
