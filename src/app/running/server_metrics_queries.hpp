#pragma once
// The SQL of the server's metrics. In its caller's transaction.

#include "db/database.hpp"

#include <optional>
#include <string>
#include <vector>

namespace carillon::app::queries {

/// Jobs of one kind in one state.
struct JobsOfKind {
  std::string kind, state;  ///< "waiting", "running", "failed"
  std::int64_t count = 0;
  Time earliest;  ///< when the first of them is or was due
};
[[nodiscard]] std::vector<JobsOfKind> unfinished_jobs(db::Session& session);
/// The number of unresolved incidents.
[[nodiscard]] std::int64_t open_incidents(db::Session& session);

}  // namespace carillon::app::queries
