#pragma once
// The SQL of quiet_people. Every function runs in its caller's transaction.

#include "base/time.hpp"
#include "db/database.hpp"

#include <optional>
#include <string>

namespace carillon::incidents {

struct StoredQuietTimes {
  std::string zone;
  std::string hours;     ///< one per line
  std::string absences;  ///< one per line
};

/// `person` in lower case.
[[nodiscard]] std::optional<StoredQuietTimes> quiet_times_of(db::Session& session, const std::string& person);
/// None: removes them.
void set_quiet_times(db::Session& session, const std::string& person, const std::optional<StoredQuietTimes>& times);
/// What waits for this person is due now.
void release_messages_to(db::Session& session, const std::string& person, Time now);

}  // namespace carillon::incidents
