#pragma once
// Lines of a name's history, for the steps that write them and for what writes some without being the keeper (drills). Every function runs
// in its caller's transaction.

#include "certs/keeper/kept_name.hpp"
#include "db/database.hpp"

namespace carillon::certs {

void add_history(db::Session& session, const std::string& name, const HistoryLine& line);
/// Keeps the newest `most` lines of a name: a certificate of a minute writes thousands a day.
void prune_history(db::Session& session, const std::string& name, int most);
/// When `step` was noted for `name` at `issuer` since; the oldest first.
[[nodiscard]] std::vector<Time> noted_since(db::Session& session, const std::string& name, const std::string& issuer,
                                            const std::string& step, Time since);

}  // namespace carillon::certs
