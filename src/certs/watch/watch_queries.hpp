#pragma once
// The SQL of the watcher. Every function runs in its caller's transaction.

#include "base/set_back.hpp"
#include "certs/watch/watch.hpp"
#include "db/database.hpp"

namespace carillon::certs {

/// Inserts it, or changes steward and deputy of an existing one and makes it due.
Result<> put_watch(db::Session& session, const Watch& watch);
/// With its last sightings.
Result<std::optional<Watch>> find_watch(db::Session& session, const Target& target);
/// All watches, or those due at a time, longest due first; sightings are only included for all.
Result<std::vector<Watch>> all_watches(db::Session& session);
Result<std::vector<Target>> due_watches(db::Session& session, Time now);
Result<std::optional<Time>> next_due_look(db::Session& session);
/// Stores the result of a check: everything except steward, deputy and the date it was added.
Result<> record_look(db::Session& session, const Watch& watch);
/// Corrects times after the clock was set back: checks and reminders continue as if the last ones were now.
void clock_set_back_for_watches(db::Session& session, const SetBack& jump);
/// Returns whether it existed.
Result<bool> remove_watch(db::Session& session, const Target& target);

}  // namespace carillon::certs
