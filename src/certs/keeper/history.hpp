#pragma once
// Lines of a name's history, for what writes some without being the keeper (drills).

#include "certs/keeper/kept_name.hpp"
#include "db/database.hpp"

namespace carillon::certs {

void add_history(db::Session& session, const std::string& name, const HistoryLine& line);

/// How messages and lines of history write a span: "3 days", "40 minutes".
[[nodiscard]] std::string for_people(Duration span);

}  // namespace carillon::certs
