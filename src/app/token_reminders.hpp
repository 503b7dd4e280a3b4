#pragma once
// Tokens with an end date are things that expire, too: whoever made one is reminded before the programs that use it are refused.

#include "base/time.hpp"
#include "db/database.hpp"
#include "incidents/incidents.hpp"

namespace carillon::app {

inline constexpr const char* kTokenEnds = "token-ends";  ///< the incident's kind; its subject is "NAME of EMAIL"

/// Reports what is due to be reminded of, by the rules of incidents/reminders.hpp, and closes what was removed or has ended. Tokens that
/// live less than a week are made for one task, and nobody is reminded of them. Blocks; answers when to look again.
std::optional<Time> remind_of_tokens(db::Database& database, incidents::Incidents& incidents, const Clock& clock);

}  // namespace carillon::app
