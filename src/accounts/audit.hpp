#pragma once
// The audit trail: who did what, from where, and the values before and after. Written in the transaction of the action itself.

#include "accounts/caller.hpp"
#include "base/random.hpp"
#include "db/database.hpp"

#include <boost/json/object.hpp>

#include <vector>

namespace carillon::accounts {

/// One action. `was` and `became` contain only changed fields; both are empty if the action has none.
struct Act {
  std::string network;  ///< "" for what belongs to none
  std::string what;     ///< "show.edit", "person.invite", "certificate.renew": resource and verb
  std::string subject;  ///< slug, ID or name of the affected object
  boost::json::object was, became;
};

struct AuditLine {
  std::string id;
  Time at;
  Actor actor;
  Act act;
};

/// In the caller's transaction, so that no action is without its line. An edit ("….edit") that changes no field isn't recorded.
void record(db::Session& session, const Clock& clock, Random& random, const Actor& by, const Act& act);

/// The differences between two documents of the same object; only these fields are recorded.
[[nodiscard]] Act changed(Act act, const boost::json::object& was, const boost::json::object& became);

/// Newest first, older than `before` (an ID; "" for the newest); of `network`, or of all networks if none.
[[nodiscard]] std::vector<AuditLine> audit_lines(db::Session& session, const std::optional<std::string>& network, const std::string& before,
                                                 std::size_t limit);

/// Keeps the newest `most` of the acts whose names begin with `beginning`.
void drop_audit_lines(db::Session& session, const std::string& beginning, std::size_t most);

}  // namespace carillon::accounts
