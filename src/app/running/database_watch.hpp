#pragma once
// Reads the whole database now and then, so that damage is found before it matters.

#include "app/rounds.hpp"
#include "db/database.hpp"
#include "incidents/incidents.hpp"

namespace carillon::app {

/// How often, and how long after a start the first time: reading all of it competes with what a start has to do.
inline constexpr std::chrono::hours kDatabaseCheckInterval{24};
inline constexpr std::chrono::minutes kDatabaseCheckDelay{10};

/// Checks `file` and opens or resolves the incident "database-damaged". Damage is said in the log as well, since an incident needs a
/// database that can be written. Blocks for as long as reading the file takes.
void check_database(db::Database& database, const std::filesystem::path& file, incidents::Incidents& incidents);

/// The same as one of `rounds`, after the delay and then at the interval.
void add_database_checks(Rounds& rounds, db::Database& database, const std::filesystem::path& file, incidents::Incidents& incidents,
                         const Clock& clock, jobs::Turn turn);

}  // namespace carillon::app
