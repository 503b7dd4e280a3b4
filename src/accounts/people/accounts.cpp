// See accounts.hpp.

#include "accounts/people/accounts.hpp"

#include "accounts/access/guessing.hpp"
#include "accounts/store/ends.hpp"

#include <stdexcept>

namespace carillon::accounts {
namespace {

/// A clock that says less is wrong itself, as one of a machine that starts without a battery: what it calls the future is not pulled back,
/// or everything would have ended when it is set.
constexpr Time kEarliest{std::chrono::sys_days{std::chrono::year{2026} / 11 / 1}};

}  // namespace

Accounts::Accounts(db::Database& database, const crypto::MasterKey& master, const Clock& clock, Random& random)
    : second_factors{master, clock},
      maker{{.database = database, .clock = clock, .random = random, .revocations = revocations}},
      callers{{.database = database, .clock = clock, .revocations = revocations}},
      sessions{{.database = database,
                .clock = clock,
                .random = random,
                .revocations = revocations,
                .hashing = hashing,
                .second_factors = second_factors,
                .maker = maker}},
      self{{.database = database,
            .clock = clock,
            .random = random,
            .revocations = revocations,
            .hashing = hashing,
            .second_factors = second_factors}},
      tokens{{.database = database, .clock = clock, .random = random, .revocations = revocations}},
      people{{.database = database, .clock = clock, .random = random, .revocations = revocations}},
      administration{{.database = database, .clock = clock, .random = random, .revocations = revocations}},
      first_run{{.database = database, .clock = clock, .random = random, .hashing = hashing, .maker = maker}},
      links{{.database = database,
             .clock = clock,
             .random = random,
             .revocations = revocations,
             .hashing = hashing,
             .maker = maker,
             .first_run = first_run}},
      invitations{{.database = database, .clock = clock, .random = random}},
      networks{{.database = database, .clock = clock, .random = random}},
      takedowns{{.database = database, .clock = clock, .random = random, .suspensions = suspensions}} {
  if (const auto loaded = suspensions.load_now(database); !loaded) throw std::runtime_error(loaded.error().message);
}

Result<> sweep_now(db::Database& database, const Clock& clock) {
  const auto now = clock.now();
  return database.write_now([&](db::Session& session) -> Result<> {
    if (now >= kEarliest) queries::pull_back_to(session, now);
    queries::remove_ended(session, now, now - kFailuresForgotten);
    return {};
  });
}

}  // namespace carillon::accounts
