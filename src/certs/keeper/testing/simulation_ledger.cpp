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
constexpr int kIssuancesForSpares = 3;
constexpr int kIssuancesPerOutage = 2;
constexpr int kIssuancesPerRevocation = 2;
constexpr double kEarliestLong = 0.62;

std::int64_t day_of(Time time) { return std::chrono::floor<days>(time).time_since_epoch().count(); }

}  // namespace

void SimulationJudge::read(const std::array<testca::Authority*, kCas>& cas) {
  for (std::size_t ca = 0; ca < kCas; ++ca)
    cas[ca]->read_ledger(
        [this, ca](const LedgerEntry& entry) {
          ++ledgers_read_[ca];
          read_entry(entry, ca);
        },
        ledgers_read_[ca]);
}

void SimulationJudge::read_entry(const LedgerEntry& entry, std::size_t ca) {
  if (entry.names.empty()) return;
  auto* name = find(entry.names.front());
  if (!name) return violated(entry.time, "an order for “" + entry.names.front() + "”, which no one has added");
  switch (entry.act) {
    case Act::order:
      return judge_order(*name, entry, ca);
    case Act::issuance:
      return judge_issuance(*name, entry, ca);
    case Act::authorization_failure:
      ++counts_.authorization_failures;
      name->at[ca].ordered.reset();
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

void SimulationJudge::judge_order(Name& name, const LedgerEntry& entry, std::size_t ca) {
  ++counts_.orders;
  if (entry.exempt) ++counts_.exempt_orders;
  auto& ordered = name.at[ca].ordered;
  if (ordered && *ordered + kOrderEnds > entry.time && !killed_between(*ordered, entry.time) && !any_outage(*ordered, entry.time))
    violated(entry.time, name.name + " has two orders at the same time: the order of " + to_rfc3339(*ordered) + " has no outcome yet");
  ordered = entry.time;
}

/// Whether any CA was away, or all nodes were off.
bool SimulationJudge::any_outage(Time from, Time until) const {
  return std::ranges::any_of(settings_.outages, [&](const Outage& outage) { return outage.from <= until && outage.until >= from; });
}

int SimulationJudge::most_issuances(const Name& name, Time now) const {
  const auto lifetime = settings_.profiles[name.profile].lifetime;
  const auto least = std::chrono::duration<double, Duration::period>{lifetime} * (lifetime < kShortLived ? kEarliestShort : kEarliestLong);
  // A spare is renewed once half-way, so that the two don't end together; after an outage the CAs change places.
  const auto of_spares = name.bound ? 0 : kIssuancesForSpares + kIssuancesPerOutage * static_cast<int>(settings_.outages.size());
  return 2 + of_spares + kIssuancesPerRevocation * name.revocations + static_cast<int>(std::ceil((now - settings_.begin) / least));
}

void SimulationJudge::judge_issuance(Name& name, const LedgerEntry& entry, std::size_t ca) {
  auto& at = name.at[ca];
  ++counts_.issuances;
  ++at.issuances;
  at.ordered.reset();
  if (surge_) surge_->issued(name.name);
  if (const auto most = most_issuances(name, entry.time); at.issuances == most + 1)
    violated(entry.time, "the CA has issued " + std::to_string(at.issuances) + " certificates for " + name.name + ", where " +
                             std::to_string(most) + " are enough");
  const bool well = !name.broken && !name.healed;
  // Of what is renewed at the same CA: after an outage the other one has renewed what is served.
  if (at.ends && well && (name.bound || !any_outage(*at.ends - settings_.profiles[name.profile].lifetime, entry.time))) {
    auto& least = least_left_[name.profile];
    least = std::min(least.value_or(Duration::max()), *at.ends - entry.time);
  }
  name.issued = entry.time;
  at.ends = entry.time + settings_.profiles[name.profile].lifetime;
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
    for (std::size_t node = 0; node < kNodes; ++node) look_at(node, by_name_.at(wanted), at);
    const bool failing = !name->main || (name->broken && name->main->not_after <= at);
    ends[wanted] = failing ? Time::max() : name->main->not_after;
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
