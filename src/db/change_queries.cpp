// See change_queries.hpp.

#include "db/change_queries.hpp"

#include <soci/soci.h>

namespace carillon::db::queries {
namespace {

constexpr const char* kAppend =
    "INSERT INTO changes (number, kind, subject, detail, origin, noted) "
    "VALUES ((SELECT COALESCE(MAX(number), 0) + 1 FROM changes), :kind, :subject, :detail, :origin, :noted)";
constexpr const char* kAfter =
    "SELECT number, kind, subject, detail, origin FROM changes WHERE number > :number ORDER BY number LIMIT :most";
// One by one: SQLite reads the whole table to find both at once.
constexpr const char* kKept = "SELECT COALESCE((SELECT MIN(number) FROM changes), 0), COALESCE((SELECT MAX(number) FROM changes), 0)";
constexpr const char* kDrop =
    "DELETE FROM changes WHERE (noted < :before OR number <= (SELECT MAX(number) FROM changes) - :most) "
    "AND number < (SELECT MAX(number) FROM changes)";

}  // namespace

void append_changes(Session& session, const std::string& origin, std::span<const Change> changes, Time now) {
  const long long noted = to_microseconds(now);
  for (const auto& change : changes)
    session << kAppend, soci::use(change.kind), soci::use(change.subject), soci::use(change.detail), soci::use(origin), soci::use(noted);
}

std::vector<NumberedChange> changes_after(Session& session, std::int64_t number, int limit) {
  const long long after = number;
  long long found_number = 0;
  NumberedChange row;
  soci::statement statement =
      (session.prepare << kAfter, soci::use(after), soci::use(limit), soci::into(found_number), soci::into(row.change.kind),
       soci::into(row.change.subject), soci::into(row.change.detail), soci::into(row.origin));
  statement.execute();
  std::vector<NumberedChange> found;
  while (statement.fetch()) {
    row.number = found_number;
    found.push_back(row);
  }
  return found;
}

Kept kept_changes(Session& session) {
  long long first = 0, last = 0;
  session << kKept, soci::into(first), soci::into(last);
  return {.first = first, .last = last};
}

void drop_changes(Session& session, Time time, std::int64_t most) {
  const long long before = to_microseconds(time), kept = most;
  session << kDrop, soci::use(before), soci::use(kept);
}

}  // namespace carillon::db::queries
