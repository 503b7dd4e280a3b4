#pragma once
// The shows and episodes in the targets of an order: people write slugs, orders have IDs.

#include "ads/model/orders.hpp"
#include "db/database.hpp"

namespace carillon::ads {

/// Replaces slugs of shows by their IDs, and checks that the network has the episodes. IDs that were in `before` are accepted even if they
/// have been deleted permanently since: without them, the order would be heard everywhere. `invalid` names the field. In the caller's
/// transaction.
[[nodiscard]] Result<> resolve(db::Session& session, const std::string& network, Targets& targets, const Targets& before);

}  // namespace carillon::ads
