#pragma once
// The SQL of channel_orders. Every function runs in its caller's transaction.

#include "db/database.hpp"

#include <string>
#include <vector>

namespace carillon::incidents {

[[nodiscard]] std::vector<std::string> channel_order_of(db::Session& session, const std::string& person);
/// Replaces the previous one; an empty order removes it.
void set_channel_order(db::Session& session, const std::string& person, const std::vector<std::string>& names);

}  // namespace carillon::incidents
