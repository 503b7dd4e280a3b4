#pragma once
// The SQL for expiry of sessions, devices, links and failures. Every function runs in its caller's transaction.

#include "base/time.hpp"
#include "db/database.hpp"

namespace carillon::accounts::queries {

/// Sessions, devices and links that started after `now`, by a clock that was ahead, are changed to start now and keep their lifetime.
/// Failures and uses after `now` are moved to now.
void pull_back_to(db::Session& session, Time now);
/// Deletes everything that expired before `now`, and failures older than `forgotten`.
void remove_ended(db::Session& session, Time now, Time forgotten);

}  // namespace carillon::accounts::queries
