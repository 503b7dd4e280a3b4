// What the judge reads in the CA's ledger and on the wire: limits, orders that are placed twice, loops, and who goes first. See
// simulation_judge.hpp.

#include "certs/keeper/testing/simulation_judge.hpp"

#include <algorithm>
#include <cmath>

namespace carillon::certs::testing {
namespace {

using std::chrono::days;
using testca::Act;
using testca::LedgerEntry;

/// An order that nobody finished is of no more use to the CA after this.
constexpr days kOrderEnds{7};
/// After a 429 so many further orders of the account may go out before its Retry-After is over.
constexpr int kFurther = 2;
/// The first day of a failure has fourteen pauses (1, 2, 2, 5, 10, 10, 10, 20, 30 min, 1, 2, 3, 6, 6 h), the last day before an end some
/// thirty: an eighth of what is left, at least ten minutes.
constexpr int kOrdersADay = 40;
/// Looks, renewal information on two nodes, one issuance with its polls.
constexpr std::uint64_t kRequestsADay = 60;
constexpr std::uint64_t kStepsADay = 150;
constexpr std::uint64_t kADayAtLeast = 2000;
/// A renewal never comes earlier than in this part of a life: the window's start of the short and of the long ones.
constexpr double kEarliestShort = 0.46;
constexpr double kEarliestLong = 0.62;

std::int64_t day_of(Time time) { return std::chrono::floor<days>(time).time_since_epoch().count(); }

}  // namespace

void SimulationJudge::read(testca::Authority& ca) {
  ca.read_ledger(
      [this](const LedgerEntry& entry) {
        ++ledger_read_;
        read_entry(entry);
      },
      ledger_read_);
}

void SimulationJudge::read_entry(const LedgerEntry& entry) {
  auto* name = entry.names.empty() ? nullptr : find(entry.names.front());
  if (!name) return;
  switch (entry.act) {
    case Act::order:
      return judge_order(*name, entry);
    case Act::issuance:
      return judge_issuance(*name, entry);
    case Act::authorization_failure:
      ++counts_.authorization_failures;
      name->ordered.reset();
      return;
    case Act::refused:
      ++counts_.refused;
      if (entry.type == "rateLimited") violated(entry.time, "an order for " + name->name + " exceeded a rate limit: " + entry.detail);
      return;
    case Act::account:
    case Act::authorization:
    case Act::revocation:
    case Act::forgotten:
      return;
  }
}

void SimulationJudge::judge_order(Name& name, const LedgerEntry& entry) {
  ++counts_.orders;
  if (entry.exempt) ++counts_.exempt_orders;
  if (name.ordered && *name.ordered + kOrderEnds > entry.time && !killed_between(*name.ordered, entry.time) &&
      !in_outage(*name.ordered, entry.time))
    violated(entry.time, name.name + " has two orders at the same time: the order of " + to_rfc3339(*name.ordered) + " has no outcome yet");
  name.ordered = entry.time;
}

int SimulationJudge::most_issuances(const Name& name, Time now) const {
  const auto lifetime = settings_.profiles[name.profile].lifetime;
  const auto least = std::chrono::duration<double, Duration::period>{lifetime} * (lifetime < kShortLived ? kEarliestShort : kEarliestLong);
  return 2 + static_cast<int>(std::ceil((now - settings_.begin) / least));
}

void SimulationJudge::judge_issuance(Name& name, const LedgerEntry& entry) {
  ++counts_.issuances;
  ++name.issuances;
  name.ordered.reset();
  if (surge_) surge_->issued(name.name);
  if (const auto most = most_issuances(name, entry.time); name.issuances == most + 1)
    violated(entry.time, "the CA has issued " + std::to_string(name.issuances) + " certificates for " + name.name + ", where " +
                             std::to_string(most) + " are enough");
  const bool well = !name.broken && !name.healed;
  if (name.ends && well) {
    auto& least = least_left_[name.profile];
    least = std::min(least.value_or(Duration::max()), *name.ends - entry.time);
  }
  name.issued = entry.time;
  name.ends = entry.time + settings_.profiles[name.profile].lifetime;
}

void SimulationJudge::asked(const Asked& order) {
  // A refusal that was only injected does not stand in the ledger; what follows it is judged by what it said.
  auto& account = accounts_[order.account];
  if (order.at < account.told_until && !order.replaces && ++account.further == kFurther + 1)
    violated(order.at,
             "the account " + order.account + " was asked to wait until " + to_rfc3339(account.told_until) + " but keeps ordering");
  if (order.status == 429 && order.retry_after && order.at >= account.told_until)
    account = {.told_until = order.at + *order.retry_after, .further = 0};
  auto* name = find(order.name);
  if (!name) return;
  if (surge_) surge_->ordered(order.account, order.node, name->name);
  if (const auto day = day_of(order.at); day != name->day) {
    name->day = day;
    name->orders_that_day = 0;
  }
  if (++name->orders_that_day == kOrdersADay + 1)
    violated(order.at, order.name + " was ordered more than " + std::to_string(kOrdersADay) + " times in a day");
}

void SimulationJudge::new_day(Time at) {
  const auto most = [&](std::uint64_t each) { return std::max<std::uint64_t>(each * names_.size(), kADayAtLeast); };
  if (requests_that_day_ > most(kRequestsADay))
    violated(at, std::to_string(requests_that_day_) + " requests in a day for " + std::to_string(names_.size()) + " names");
  if (steps_that_day_ > most(kStepsADay))
    violated(at, std::to_string(steps_that_day_) + " steps in a day for " + std::to_string(names_.size()) + " names");
  requests_that_day_ = steps_that_day_ = 0;
  day_ = day_of(at);
}

void SimulationJudge::requested(Time at) {
  if (day_of(at) != day_) new_day(at);
  ++requests_that_day_;
  ++counts_.requests;
}

void SimulationJudge::worked(Time at) {
  if (day_of(at) != day_) new_day(at);
  ++steps_that_day_;
  ++counts_.steps;
}

void SimulationJudge::surge(Time at, const std::vector<std::string>& due) {
  judge_surge();
  std::map<std::string, Time> ends;
  for (const auto& wanted : due) {
    const auto* name = find(wanted);
    if (!name) continue;
    // Who has nothing to lose and keeps failing comes last, whatever its dates.
    const bool failing = !name->ends || (name->broken && *name->ends <= at);
    ends[wanted] = failing ? Time::max() : *name->ends;
  }
  surge_.emplace(std::move(ends));
}

void SimulationJudge::judge_surge() {
  if (!surge_) return;
  for (const auto& [early, early_ends, late, late_ends] : surge_->out_of_order())
    violated(settings_.end, "after both nodes were off, " + early +
                                (early_ends == Time::max() ? ", which keeps failing," : ", which expires " + to_rfc3339(early_ends) + ",") +
                                " was ordered long before " + late + ", which expires " + to_rfc3339(late_ends));
  surge_.reset();
}

}  // namespace carillon::certs::testing
