#pragma once
// The SQL of the keeper. Every function runs in its caller's transaction.

#include "base/set_back.hpp"
#include "certs/keeper/history.hpp"
#include "certs/keeper/schedule/order_budget.hpp"
#include "certs/keeper/stored_certificates.hpp"
#include "db/database.hpp"

#include <vector>

namespace carillon::certs {

[[nodiscard]] std::vector<KeptName> all_names(db::Session& session);
[[nodiscard]] std::optional<KeptName> find_name(db::Session& session, const std::string& name);
/// Adds a name; an existing one keeps its state and gets the given source, issuer, people and port.
void put_name(db::Session& session, const KeptName& name);
/// `with_certificates`: false if other names are still served with them; they are deleted by prune_shared_certificates().
void remove_name(db::Session& session, const std::string& name, bool with_certificates = true);

/// A certificate of a group, which may no longer exist, and the names in it.
struct SharedCertificate {
  std::string id;
  std::vector<std::string> names;
};
/// Those that are valid at `time`; newest first.
[[nodiscard]] std::vector<SharedCertificate> shared_certificates_at(db::Session& session, Time time);
/// Deletes those of groups that no longer exist, if they expired before then.
void prune_shared_certificates(db::Session& session, Time ended_before);

/// Releases the leases of earlier lives of the node (jobs/node.hpp), and no others.
void free_leases_of_former_lives(db::Session& session, const std::string& life);
/// Leases `name` to `owner` until `until`, unless another one holds it: until its life ends or its lease expires, by the holder's own clock
/// (by `now` if the holder isn't a node). Returns the row after that.
[[nodiscard]] std::optional<KeptName> take_name(db::Session& session, const std::string& name, const std::string& owner, Time now,
                                                Time until);
/// Writes the changeable columns, only for the holder of the lease; returns whether it was still held. `until` is the new end of the lease.
[[nodiscard]] bool write_name(db::Session& session, const KeptName& name, Time until);
/// (name, revision) of all names, to find those that others have changed.
[[nodiscard]] std::vector<std::pair<std::string, std::int64_t>> revisions(db::Session& session);

/// The latest end of one holder's leases.
struct LeaseLimit {
  std::string holder;
  Time until{};
};
/// Corrects times after the clock was set back: shortens the names' pauses, moves events in the future to now, and limits leases that were
/// taken by the wrong clock.
void clock_set_back(db::Session& session, const SetBack& jump, const LeaseLimit& limit);

[[nodiscard]] std::vector<HistoryLine> history_of(db::Session& session, const std::string& name, int most);  ///< the newest last
struct AccountRow {
  std::string directory;
  std::string url;  ///< "" if it isn't registered
  std::string sealed_key;
  std::string contact;
  std::string next_key{};  ///< sealed; "": the key isn't being changed
};
[[nodiscard]] std::optional<AccountRow> find_account(db::Session& session, const std::string& issuer);
void put_account(db::Session& session, const std::string& issuer, const AccountRow& account);

/// Records an order that is placed by any node.
void add_order(db::Session& session, const std::string& issuer, OrderKind kind, Time at);
/// Records that the CA refused orders (429) until then; `of_account`: for the account, not the name.
void add_refusal(db::Session& session, const std::string& issuer, bool of_account, Time until);
/// The orders of all nodes together, and the CA's rate limit responses.
[[nodiscard]] OrderBudget budget_of(db::Session& session, const std::string& issuer, Time now);

void put_manual_key(db::Session& session, const std::string& name, const std::string& sealed_key, Time at);
[[nodiscard]] std::optional<std::string> find_manual_key(db::Session& session, const std::string& name);
void remove_manual_key(db::Session& session, const std::string& name);

}  // namespace carillon::certs
