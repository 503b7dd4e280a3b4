#pragma once
// Reminders about tokens with an expiry date, so that their owners can replace them before programs lose access.

#include "base/time.hpp"
#include "db/database.hpp"
#include "incidents/incidents.hpp"

namespace carillon::incidents {

/// Reports due reminders by the rules of incidents/reminders.hpp, and closes those of deleted or expired tokens. There are no reminders for
/// tokens with a lifetime below a week, which are for a single task. Any thread; blocks. Failures are logged and retried at the next call.
void remind_of_tokens(db::Database& database, Incidents& incidents, const Clock& clock);

}  // namespace carillon::incidents
