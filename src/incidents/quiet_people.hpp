#pragma once
// People's quiet times, stored in the database.

#include "db/database.hpp"
#include "incidents/quiet_times.hpp"

#include <string>

namespace carillon::incidents {

/// Any thread. People are identified by email address, ignoring case. `database` has kQuietTimesSchema and must outlive it.
class QuietPeople {
 public:
  explicit QuietPeople(db::Database& database) : database_{database} {}

  /// In the caller's transaction; `corrupt` if the stored ones can't be read.
  [[nodiscard]] Result<QuietTimes> of(db::Session& session, const std::string& person) const;
  /// Replaces the previous ones. Messages that were held back are considered again at once. In the caller's transaction.
  void choose(db::Session& session, const std::string& person, const QuietTimes& times, Time now);

  /// For IncidentsSettings::quiet_until. Blocks. None if the person has no quiet times, or they can't be read.
  [[nodiscard]] std::optional<Time> until(const std::string& person, Time now) const;

 private:
  db::Database& database_;
};

}  // namespace carillon::incidents
