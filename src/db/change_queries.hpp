#pragma once
// The table of the change feed. Each function runs within its caller's transaction.

#include "base/time.hpp"
#include "db/change.hpp"
#include "db/database.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace carillon::db::queries {

struct NumberedChange {
  std::int64_t number = 0;
  std::string origin;
  Change change;
};

/// Appends them with the next numbers.
void append_changes(Session& session, const std::string& origin, std::span<const Change> changes, Time now);
/// Oldest first, at most `limit`.
[[nodiscard]] std::vector<NumberedChange> changes_after(Session& session, std::int64_t number, int limit);
/// The numbers of the stored changes; 0 and 0 if there are none.
struct Kept {
  std::int64_t first = 0, last = 0;
};
[[nodiscard]] Kept kept_changes(Session& session);
/// Deletes changes older than `time`, and all but the newest `most`. The last one is always kept, because the next number depends on it.
void drop_changes(Session& session, Time time, std::int64_t most);

}  // namespace carillon::db::queries
