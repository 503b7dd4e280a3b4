#pragma once
// Tokens with an end date are things that expire, too: whoever made one is reminded before the programs that use it are refused.

#include "base/time.hpp"
#include "db/database.hpp"
#include "incidents/incidents.hpp"

namespace carillon::incidents {

/// Reports what is due to be reminded of, by the rules of incidents/reminders.hpp, and closes what was removed or has ended. Tokens that
/// live less than a week are made for one task, and nobody is reminded of them. Any thread; blocks. What fails is logged, and done at the
/// next call.
void remind_of_tokens(db::Database& database, Incidents& incidents, const Clock& clock);

}  // namespace carillon::incidents
