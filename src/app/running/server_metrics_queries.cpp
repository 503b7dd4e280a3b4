// See server_metrics_queries.hpp.

#include "app/running/server_metrics_queries.hpp"

#include <soci/soci.h>

namespace carillon::app::queries {
namespace {

constexpr const char* kUnfinished = "SELECT kind, state, COUNT(*), MIN(run_at) FROM jobs WHERE state <> 'done' GROUP BY kind, state";
constexpr const char* kOpenIncidents = "SELECT COUNT(*) FROM incidents WHERE state <> 'solved'";

}  // namespace

std::vector<JobsOfKind> unfinished_jobs(db::Session& session) {
  JobsOfKind row;
  long long count = 0, earliest = 0;
  soci::statement statement{
      (session.prepare << kUnfinished, soci::into(row.kind), soci::into(row.state), soci::into(count), soci::into(earliest))};
  std::vector<JobsOfKind> rows;
  statement.execute();
  while (statement.fetch()) {
    row.count = count;
    row.earliest = from_microseconds(earliest);
    rows.push_back(row);
  }
  return rows;
}

std::int64_t open_incidents(db::Session& session) {
  long long count = 0;
  session << kOpenIncidents, soci::into(count);
  return count;
}

}  // namespace carillon::app::queries
