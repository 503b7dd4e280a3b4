#pragma once
// The audit trail: who did what, from where, what it was before and what it became. Written in the transaction of the act itself.

#include "accounts/caller.hpp"
#include "base/random.hpp"
#include "db/database.hpp"

#include <boost/json/object.hpp>

#include <vector>

namespace carillon::accounts {

/// One act. `was` and `became` hold only the fields that changed; both empty for what has no fields.
struct Act {
  std::string network;  ///< "" for what belongs to none
  std::string what;     ///< "show.edit", "person.invite", "certificate.renew": resource and verb
  std::string subject;  ///< slug, id or name of what it was done to
  boost::json::object was, became;
};

struct AuditLine {
  std::string id;
  Time at;
  Actor actor;
  Act act;
};

/// Within the caller's transaction: no act without its line. An edit ("….edit") without a changed field changed nothing, and leaves none.
void record(db::Session& session, const Clock& clock, Random& random, const Actor& by, const Act& act);

/// What differs between two documents of the same thing: only these fields are worth a line.
[[nodiscard]] Act changed(Act act, const boost::json::object& was, const boost::json::object& became);

/// The newest first, older than `before` (an id; "" for the newest); of `network`, or of all when it is none.
[[nodiscard]] std::vector<AuditLine> audit_lines(db::Session& session, const std::optional<std::string>& network, const std::string& before,
                                                 std::size_t limit);

/// Keeps the newest `most` of the acts whose names begin with `beginning`.
void drop_audit_lines(db::Session& session, const std::string& beginning, std::size_t most);

}  // namespace carillon::accounts
