#pragma once
// The SQL of the clock's mark. Each within the caller's transaction.

#include "base/time.hpp"
#include "db/database.hpp"

#include <optional>
#include <string>

namespace carillon::app::queries {

/// The latest time that `node` has seen. Before nodes had names there was one mark, which the first node takes over.
[[nodiscard]] std::optional<Time> clock_mark(db::Session& session, const std::string& node);
void put_clock_mark(db::Session& session, const std::string& node, Time at);

}  // namespace carillon::app::queries
