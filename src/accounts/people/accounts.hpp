#pragma once
// All parts of accounts, put together: for the composition root and for tests. Everybody else is given the parts that they use.

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

/// Any thread. All arguments must live longer.
struct Accounts {
  /// `master` seals the secrets of second factors. What is suspended is read at once: throws when it cannot be.
  Accounts(db::Database& database, const crypto::MasterKey& master, const Clock& clock, Random& random);

  Suspensions suspensions;  ///< what is in force now
  Revocations revocations;  ///< who lost what
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

/// Drops what has ended: sessions, links, devices, old failures. What was begun in the future, by a clock that was ahead, is taken to begin
/// now, with the time it was given. Blocks; worker threads.
Result<> sweep_now(db::Database& database, const Clock& clock);

}  // namespace carillon::accounts
