#pragma once
// Regularly reads the whole database, so that damage is found early.

#include "app/rounds.hpp"
#include "db/database.hpp"
#include "incidents/incidents.hpp"

namespace carillon::app {

/// How often, and the first time after startup: a full read would slow down the startup.
inline constexpr std::chrono::hours kDatabaseCheckInterval{24};
inline constexpr std::chrono::minutes kDatabaseCheckDelay{10};

/// Checks `file` and opens or resolves the incident "database-damaged". Also logs damage, because an incident needs a writable database.
/// Blocks until the file is read.
void check_database(db::Database& database, const std::filesystem::path& file, incidents::Incidents& incidents);

/// Adds the check to `rounds`, after the delay and then at the interval.
void add_database_checks(Rounds& rounds, db::Database& database, const std::filesystem::path& file, incidents::Incidents& incidents,
                         const Clock& clock, jobs::Turn turn);

}  // namespace carillon::app
