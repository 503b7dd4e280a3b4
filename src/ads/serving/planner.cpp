// See planner.hpp.

#include "ads/serving/planner.hpp"

#include <algorithm>

namespace carillon::ads {

using std::chrono::days;
using std::chrono::floor;
using std::chrono::hours;

LivePlan::LivePlan(Planned planned)
    : plan{std::move(planned.plan)},
      allowances(plan.orders.size()),
      decided(plan.orders.size()),
      frequency(plan.orders.size()),
      frequency_keys(plan.orders.size()),
      demands{std::move(planned.demands)},
      missing{std::move(planned.missing)},
      visits{planned.visits} {
  for (std::size_t i = 0; i < plan.orders.size(); ++i) allowances[i] = planned.allowances[i];
}

Tally tally_of(const std::string& order, const Outcomes& outcomes, Time now) {
  Tally tally;
  // While counting is late, nothing is known about what became of the decisions.
  const auto is_settled = [&, known = std::min(now, outcomes.counted)](Time hour) { return hour + hours{1} + kSettled <= known; };
  if (const auto found = outcomes.delivered.find(order); found != outcomes.delivered.end()) {
    tally.delivered = found->second.total;
    for (const auto& [hour, count] : found->second.by_hour) {
      if (hour >= Time{floor<days>(now)}) tally.delivered_today += count;
      (is_settled(hour) ? tally.delivered_of_settled : tally.delivered_of_unsettled) += count;
    }
  }
  if (const auto found = outcomes.decided.find(order); found != outcomes.decided.end()) {
    for (const auto& [hour, count] : found->second) (is_settled(hour) ? tally.settled : tally.unsettled) += count;
  }
  // Downloads that began before the first decision that is known here say nothing about the rate.
  tally.delivered_of_settled = std::min(tally.delivered_of_settled, tally.settled);
  return tally;
}

void Planner::note(const Opportunity& opportunity) {
  const Lock lock{mutex_};
  forecast_.note(opportunity.at, slots_of(opportunity));
  sample_.note(opportunity);
}

void Planner::restore(const queries::HourCounts& supply) {
  const Lock lock{mutex_};
  for (const auto& [hour, visits] : supply) forecast_.note(hour, static_cast<double>(visits));
}

std::shared_ptr<LivePlan> Planner::plan(std::vector<Order> orders, const Outcomes& outcomes, const LivePlan* before, Time now,
                                        std::int64_t nodes) {
  // A copy, so that no download waits for the planning.
  const auto [forecast, sample] = [&] {
    const Lock lock{mutex_};
    if (now - aged_ >= days{1}) {
      sample_.age();
      aged_ = now;
    }
    return std::pair{forecast_, sample_};
  }();
  const double left = forecast.until_midnight(now);
  const double elapsed = before && before->visits > 0 ? std::clamp((before->visits - left) / before->visits, 0.0, 1.0) : 0;
  std::vector<Running> running;
  std::vector<double> corrections;
  for (auto& order : orders) {
    Running each{.order = std::move(order)};
    each.tally = tally_of(each.order.id, outcomes, now);
    if (before) {
      const auto known = std::ranges::find(before->plan.orders, each.order.id, &Order::id);
      if (known != before->plan.orders.end()) {
        const auto i = static_cast<std::size_t>(known - before->plan.orders.begin());
        each.meant = before->demands[i] * elapsed;
        each.decided = static_cast<double>(before->decided[i].load());
      }
    }
    const auto known = corrections_.find(each.order.id);
    corrections.push_back(known == corrections_.end() ? 1 : known->second);
    running.push_back(std::move(each));
  }
  // Where nothing is known yet, somebody may come: an order without a goal wants whatever that is.
  auto expected = forecast;
  if (left < 1) expected.note(now, 1);
  auto planned = make_plan(std::move(running), corrections, expected, sample, now);
  corrections_.clear();
  for (std::size_t i = 0; i < planned.plan.orders.size(); ++i) {
    corrections_[planned.plan.orders[i].id] = planned.corrections[i];
    if (planned.allowances[i] != INT64_MAX) planned.allowances[i] /= std::max<std::int64_t>(nodes, 1);
  }
  return std::make_shared<LivePlan>(std::move(planned));
}

}  // namespace carillon::ads
