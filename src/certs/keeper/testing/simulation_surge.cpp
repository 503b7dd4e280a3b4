// See simulation_surge.hpp.

#include "certs/keeper/testing/simulation_surge.hpp"

#include "certs/keeper/schedule/order_budget.hpp"

#include <algorithm>

namespace carillon::certs::testing {
namespace {

/// So many orders a node may let through before it has seen what else is due; and as many may stand in the wrong order because the other
/// node had the name first.
constexpr std::size_t kFirstBurst = OrderBudget::kBurst;
constexpr std::size_t kOutOfOrder = OrderBudget::kBurst;

}  // namespace

void Surge::ordered(const std::string& account, int node, const std::string& name) {
  // A second order is a try after a failure, or the next renewal, weeks later and perhaps by the other node: neither says how soon the name
  // had its turn when the nodes came back.
  if (waiting_.erase(name) > 0) orders_[{account, node}].push_back(name);
}

std::vector<Surge::OutOfOrder> Surge::out_of_order() const {
  std::vector<OutOfOrder> found;
  for (const auto& [whose, orders] : orders_) {
    // The soonest end of all that came later, from the back.
    std::vector<std::pair<Time, std::string>> soonest(orders.size() + 1, {Time::max(), {}});
    for (auto i = orders.size(); i-- > 0;) soonest[i] = std::min(soonest[i + 1], std::pair{due_.at(orders[i]), orders[i]});
    for (std::size_t i = kFirstBurst; i + kOutOfOrder < orders.size(); ++i) {
      const auto& [end, name] = soonest[i + kOutOfOrder];
      const auto own = due_.at(orders[i]);
      if (own <= end) continue;
      found.push_back({.early = orders[i], .early_ends = own, .late = name, .late_ends = end});
      break;
    }
  }
  return found;
}

}  // namespace carillon::certs::testing
