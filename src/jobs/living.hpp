#pragma once
// How many nodes share the database.

#include "db/database.hpp"

#include <cstdint>

namespace carillon::jobs {

/// Nodes whose lives haven't ended, at least 1. Blocks.
[[nodiscard]] Result<std::int64_t> living_nodes(db::Database& database);

}  // namespace carillon::jobs
