#pragma once
// Lines of a name's history, for what writes some without being the keeper (drills).

#include "certs/keeper/kept_name.hpp"
#include "db/database.hpp"

namespace carillon::certs {

void add_history(db::Session& session, const std::string& name, const HistoryLine& line);

}  // namespace carillon::certs
