#pragma once
// Makes the plan for the hours to come from what is booked, what was delivered and what is expected. Pure.

#include "ads/deciding/forecast.hpp"
#include "ads/deciding/pacing.hpp"

namespace carillon::ads {

/// An order that runs, with what became of it so far.
struct Running {
  Order order;
  Tally tally;
  /// Decisions that the last plan meant to have happened by now, and those that did: a plan doesn't know how often an order will be kept
  /// away by a competitor, a frequency cap or its own limit per download.
  double meant = 0, decided = 0;
};

struct Planned {
  Plan plan;
  std::vector<std::int64_t> allowances;  ///< of each order: the most impressions to decide with this plan
  std::vector<double> demands;           ///< of each order: decisions until midnight
  std::vector<double> corrections;       ///< of each order, to be kept for the next plan
  std::vector<double> missing;           ///< of each order: impressions for which no visits are expected today
  double visits = 0;                     ///< expected until midnight
};

/// `corrections` are those of the previous plan for the same orders, 1 for new ones.
[[nodiscard]] Planned make_plan(std::vector<Running> running, std::span<const double> corrections, const Forecast& forecast,
                                const Sample& sample, Time now);

}  // namespace carillon::ads
