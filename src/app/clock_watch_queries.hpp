#pragma once
// The SQL of the clock's mark. Each within the caller's transaction.

#include "base/time.hpp"
#include "db/database.hpp"

#include <optional>

namespace carillon::app::queries {

[[nodiscard]] std::optional<Time> clock_mark(db::Session& session);
void put_clock_mark(db::Session& session, Time at);

}  // namespace carillon::app::queries
