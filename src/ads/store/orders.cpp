// See orders.hpp.

#include "ads/store/orders.hpp"

#include "ads/store/creative_rows.hpp"
#include "ads/store/order_rows.hpp"
#include "ads/store/show_rules.hpp"

#include <algorithm>

namespace carillon::ads {

Result<std::vector<Order>> Orders::live(const std::string& network, Time now) const {
  return database_.read_now([&](db::Session& session) -> Result<std::vector<Order>> {
    auto orders = queries::live_orders(session, network, now);
    auto creatives = queries::live_creatives(session, network, now);
    for (auto& order : orders) {
      const auto own = creatives.find(order.id);
      if (own == creatives.end()) continue;
      for (auto& booked : own->second) {
        for (auto& category : booked.categories) {
          if (std::ranges::find(order.categories, category) == order.categories.end()) order.categories.push_back(category);
        }
        order.creatives.push_back(std::move(booked.creative));
      }
    }
    std::erase_if(orders, [](const Order& order) { return order.creatives.empty(); });
    return orders;
  });
}

Result<std::vector<std::string>> Orders::networks(Time now) const {
  return database_.read_now(
      [&](db::Session& session) -> Result<std::vector<std::string>> { return queries::networks_with_live_orders(session, now); });
}

Result<std::map<std::string, ShowRules>> Orders::rules(const std::string& network) const {
  return database_.read_now(
      [&](db::Session& session) -> Result<std::map<std::string, ShowRules>> { return queries::rules_of_network(session, network); });
}

void Orders::note_change(const std::string& network) {
  database_.note_change({.kind = std::string(kOrdersChange), .subject = network});
  database_.after_commit([this, network] { changed_(network); });
}

}  // namespace carillon::ads
