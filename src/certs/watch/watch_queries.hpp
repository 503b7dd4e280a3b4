#pragma once
// What the watcher asks of its tables. Every function runs in its caller's transaction.

#include "base/set_back.hpp"
#include "certs/watch/watch.hpp"
#include "db/database.hpp"

namespace carillon::certs {

/// Inserts it, or puts other people in charge of the one that is there and makes it due.
Result<> put_watch(db::Session& session, const Watch& watch);
/// With its last sightings.
Result<std::optional<Watch>> find_watch(db::Session& session, const Target& target);
/// Everything, or what is due at a time, the longest due first; sightings only for everything.
Result<std::vector<Watch>> all_watches(db::Session& session);
Result<std::vector<Target>> due_watches(db::Session& session, Time now);
Result<std::optional<Time>> next_due_look(db::Session& session);
/// What a look changed: all but the people in charge and the day it was added.
Result<> record_look(db::Session& session, const Watch& watch);
/// The clock was set back: looks and reminders go on as if the last ones had been now.
void clock_set_back_for_watches(db::Session& session, const SetBack& jump);
/// Whether it was there.
Result<bool> remove_watch(db::Session& session, const Target& target);

}  // namespace carillon::certs
