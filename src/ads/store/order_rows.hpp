#pragma once
// The SQL of orders. Every function runs in its caller's transaction. Deleted orders are only found by functions that say so.

#include "ads/model/orders.hpp"
#include "db/database.hpp"

namespace carillon::ads::queries {

void insert(db::Session& session, const Order& order);
/// Everything but id, network, campaign and created, which never change.
void update(db::Session& session, const Order& order);
/// With its creatives.
void mark_order_deleted(db::Session& session, const std::string& id, Time now);
/// Without its creatives. `corrupt` if its terms can't be read.
[[nodiscard]] Result<std::optional<Order>> order(db::Session& session, const std::string& id);
/// Newest first, older than `before` (an ID; "" for the newest).
[[nodiscard]] Result<std::vector<Order>> orders_of_campaign(db::Session& session, const std::string& campaign, const std::string& before,
                                                            std::size_t limit);
[[nodiscard]] std::size_t count_orders_of_campaign(db::Session& session, const std::string& campaign);
/// Of a network, in every state.
[[nodiscard]] std::size_t count_orders(db::Session& session, const std::string& network);

/// Approved ones that end after `now`, by ID, without creatives. One whose terms can't be read is left out and logged: it must not keep the
/// others from being delivered.
[[nodiscard]] std::vector<Order> live_orders(db::Session& session, const std::string& network, Time now);
[[nodiscard]] std::vector<std::string> networks_with_live_orders(db::Session& session, Time now);

}  // namespace carillon::ads::queries
