#pragma once
// The SQL of the last known time. Each function runs in the caller's transaction.

#include "base/time.hpp"
#include "db/database.hpp"

#include <optional>
#include <string>

namespace carillon::app::queries {

/// The last known time of `node`. Before nodes had names there was only one, which the first node takes over.
[[nodiscard]] std::optional<Time> clock_mark(db::Session& session, const std::string& node);
void put_clock_mark(db::Session& session, const std::string& node, Time at);

}  // namespace carillon::app::queries
