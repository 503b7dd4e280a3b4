#pragma once
// The SQL of what ends by itself: sessions, devices, links, failures. Every function runs within its caller's transaction.

#include "base/time.hpp"
#include "db/database.hpp"

namespace carillon::accounts::queries {

/// What was begun after `now`, by a clock that was ahead, is taken to begin now and to last as long as it was meant to: sessions, devices,
/// links. Failures and uses after `now` are taken to be of now.
void pull_back_to(db::Session& session, Time now);
/// Everything that ended before `now`; failures older than `forgotten`.
void remove_ended(db::Session& session, Time now, Time forgotten);

}  // namespace carillon::accounts::queries
