// See planning.hpp.

#include "ads/deciding/planning.hpp"

#include <algorithm>

namespace carillon::ads {
namespace {

/// Fewer decisions say nothing about how well a plan works.
constexpr double kMeantFrom = 10;
constexpr double kMostCorrection = 8, kLeastCorrection = 0.5;
/// How much of what one plan teaches is believed.
constexpr double kBelieved = 0.5;

double corrected(const Running& running, double before) noexcept {
  if (running.meant < kMeantFrom) return before;
  const double wanted = before * running.meant / std::max(1.0, running.decided);
  return std::clamp(before + (wanted - before) * kBelieved, kLeastCorrection, kMostCorrection);
}

}  // namespace

Planned make_plan(std::vector<Running> running, std::span<const double> corrections, const Forecast& forecast, const Sample& sample,
                  Time now) {
  Planned planned;
  planned.visits = forecast.until_midnight(now);
  Tally all;
  for (const auto& each : running) {
    all.settled += each.tally.settled;
    all.delivered_of_settled += each.tally.delivered_of_settled;
  }
  const double usual = delivery_rate(all);
  std::vector<Contract> contracts;
  for (std::size_t i = 0; i < running.size(); ++i) {
    const auto pace = pace_of(running[i].order, running[i].tally, now, planned.visits, usual);
    planned.corrections.push_back(corrected(running[i], corrections[i]));
    planned.allowances.push_back(pace.allowance);
    planned.demands.push_back(pace.demand);
    contracts.push_back({.demand = pace.demand * planned.corrections.back(), .rank = rank_of(running[i].order)});
  }
  for (auto& each : running) planned.plan.orders.push_back(std::move(each.order));
  const auto cells = cells_of(planned.plan.orders, sample.opportunities(), planned.visits, now);
  planned.plan.allocation = allocate(contracts, cells);
  planned.missing = planned.plan.allocation.missing;
  return planned;
}

}  // namespace carillon::ads
