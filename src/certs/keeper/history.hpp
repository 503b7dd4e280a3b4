#pragma once
// Lines of a name's history, for the keeper's steps and for drills. Every function runs
// in its caller's transaction.

#include "certs/keeper/kept_name.hpp"
#include "db/database.hpp"

namespace carillon::certs {

void add_history(db::Session& session, const std::string& name, const HistoryLine& line);
/// Keeps the newest `most` lines of a name: one-minute certificates write thousands of lines a day.
void prune_history(db::Session& session, const std::string& name, int most);
/// The times since then when `step` was recorded for `name` at `issuer`; oldest first.
[[nodiscard]] std::vector<Time> noted_since(db::Session& session, const std::string& name, const std::string& issuer,
                                            const std::string& step, Time since);

}  // namespace carillon::certs
