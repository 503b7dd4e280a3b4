#pragma once
// The SQL of the rules of shows for advertisements. Every function runs in its caller's transaction.

#include "ads/model/orders.hpp"
#include "db/database.hpp"

#include <map>

namespace carillon::ads::queries {

/// The default ones if none are stored.
[[nodiscard]] ShowRules rules_of(db::Session& session, const std::string& show_id);
void set_rules(db::Session& session, const std::string& show_id, const ShowRules& rules);
/// By the show's ID; only shows with stored ones.
[[nodiscard]] std::map<std::string, ShowRules> rules_of_network(db::Session& session, const std::string& network);

}  // namespace carillon::ads::queries
