#pragma once
// What the keeper asks of its tables. Every function runs in its caller's transaction.

#include "base/set_back.hpp"
#include "certs/keeper/history.hpp"
#include "certs/keeper/schedule/order_budget.hpp"
#include "certs/keeper/stored_certificates.hpp"
#include "db/database.hpp"

#include <vector>

namespace carillon::certs {

[[nodiscard]] std::vector<KeptName> all_names(db::Session& session);
[[nodiscard]] std::optional<KeptName> find_name(db::Session& session, const std::string& name);
/// Adds a name; one that is there keeps its state and gets the given source, wish, people and port.
void put_name(db::Session& session, const KeptName& name);
void remove_name(db::Session& session, const std::string& name);

/// What earlier lives of the node hold (jobs/node.hpp), and nobody else, is free.
void free_leases_of_former_lives(db::Session& session, const std::string& life);
/// Takes `name` for `owner` until `until`, unless somebody else holds it: until its life ends or the lease does, by the holder's own clock
/// (by `now`, where the holder is no node). Answers the row as it is then.
[[nodiscard]] std::optional<KeptName> take_name(db::Session& session, const std::string& name, const std::string& owner, Time now,
                                                Time until);
/// Writes what is changeable, for the holder of the lease only; answers whether it was still held. `until` is the lease from now on.
[[nodiscard]] bool write_name(db::Session& session, const KeptName& name, Time until);
/// The names somebody else changed since: (name, revision) of all.
[[nodiscard]] std::vector<std::pair<std::string, std::int64_t>> revisions(db::Session& session);

/// The leases of one holder, which last until then at most.
struct LeaseLimit {
  std::string holder;
  Time until{};
};
/// The clock was set back: every name's pauses end as much sooner, what was done by the wrong clock counts as done now, and the leases that
/// were taken by it are no longer than others.
void clock_set_back(db::Session& session, const SetBack& jump, const LeaseLimit& limit);

[[nodiscard]] std::vector<HistoryLine> history_of(db::Session& session, const std::string& name, int most);  ///< the newest last
struct AccountRow {
  std::string directory;
  std::string url;  ///< "" while it is not registered
  std::string sealed_key;
  std::string contact;
};
[[nodiscard]] std::optional<AccountRow> find_account(db::Session& session, const std::string& issuer);
void put_account(db::Session& session, const std::string& issuer, const AccountRow& account);

/// An order that goes out, whichever node places it.
void add_order(db::Session& session, const std::string& issuer, OrderKind kind, Time at);
/// The CA refused an order (429) until then; `of_account`: it meant the account, not the name.
void add_refusal(db::Session& session, const std::string& issuer, bool of_account, Time until);
/// What all nodes together have ordered, and what the CA has asked for.
[[nodiscard]] OrderBudget budget_of(db::Session& session, const std::string& issuer, Time now);

void put_manual_key(db::Session& session, const std::string& name, const std::string& sealed_key, Time at);
[[nodiscard]] std::optional<std::string> find_manual_key(db::Session& session, const std::string& name);
void remove_manual_key(db::Session& session, const std::string& name);

}  // namespace carillon::certs
