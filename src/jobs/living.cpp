// See living.hpp.

#include "jobs/living.hpp"

#include "jobs/node_queries.hpp"

#include <algorithm>

namespace carillon::jobs {

Result<std::int64_t> living_nodes(db::Database& database) {
  return database.read_now([](db::Session& session) -> Result<std::int64_t> {
    return std::max<std::int64_t>(static_cast<std::int64_t>(queries::living_others(session, {}).size()), 1);
  });
}

}  // namespace carillon::jobs
