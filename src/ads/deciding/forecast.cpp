// See forecast.hpp.

#include "ads/deciding/forecast.hpp"

#include <algorithm>
#include <map>

namespace carillon::ads {
namespace {

using std::chrono::floor;
using std::chrono::hours;

constexpr double kLeastSoFar = 0.25;  // hours
/// A day doesn't become busier than this all at once; its first hours say little.
constexpr double kMostBusy = 5, kLeastBusy = 0.2;

std::int64_t hour_of(Time at) noexcept { return floor<hours>(at.time_since_epoch()).count(); }

double passed_of_hour(Time at) noexcept {
  const auto within = at.time_since_epoch() - floor<hours>(at.time_since_epoch());
  return std::chrono::duration<double, std::ratio<3600>>(within).count();
}

}  // namespace

double Forecast::of(std::int64_t hour) const noexcept {
  if (hour < first_ || hour > last_) return 0;
  return counts_[static_cast<std::size_t>(hour) % counts_.size()];
}

void Forecast::advance(std::int64_t hour) noexcept {
  if (last_ < 0) first_ = last_ = hour;
  if (hour - last_ >= static_cast<std::int64_t>(counts_.size())) {
    counts_.fill(0);
    first_ = last_ = hour;
  }
  while (last_ < hour) counts_[static_cast<std::size_t>(++last_) % counts_.size()] = 0;
  first_ = std::max(first_, last_ - static_cast<std::int64_t>(counts_.size()) + 1);
}

void Forecast::note(Time at, double visits) {
  const auto hour = hour_of(at);
  if (last_ < 0 || hour > last_) advance(hour);
  if (hour >= first_) counts_[static_cast<std::size_t>(hour) % counts_.size()] += visits;
}

double Forecast::until_midnight(Time now) const {
  const auto hour = hour_of(now), midnight = hour_of(Time{floor<std::chrono::days>(now) + std::chrono::days{1}});
  const auto today = midnight - static_cast<std::int64_t>(kHours);
  const double passed = passed_of_hour(now);
  const auto usual = [&](std::int64_t of_today) {
    double sum = 0;
    int known = 0;
    for (std::int64_t day = 1; day < static_cast<std::int64_t>(kDays); ++day) {
      const auto then = of_today - day * static_cast<std::int64_t>(kHours);
      if (then < first_ || then > last_) continue;
      sum += of(then);
      ++known;
    }
    return known == 0 ? -1.0 : sum / known;
  };
  // Without yesterday, the rest of today is like today so far.
  double so_far = of(hour), hours_so_far = passed;
  for (auto each = std::max(today, first_); each < hour; ++each) {
    so_far += of(each);
    hours_so_far += 1;
  }
  // Seconds say nothing about hours.
  const double per_hour = so_far / std::max(hours_so_far, kLeastSoFar);
  double usual_so_far = std::max(0.0, usual(hour)) * passed;
  for (auto each = today; each < hour; ++each) usual_so_far += std::max(0.0, usual(each));
  // One usual hour is added to both, so that the first minutes after midnight don't decide about the day.
  const double steady = std::max(1.0, std::max(0.0, usual(hour)));
  const double busy = std::clamp((so_far + steady) / (usual_so_far + steady), kLeastBusy, kMostBusy);
  double visits = 0;
  for (auto each = hour; each < midnight; ++each) {
    const double part = each == hour ? 1 - passed : 1;
    const double expected = usual(each);
    visits += part * (expected < 0 ? per_hour : expected * busy);
  }
  return visits;
}

void Sample::note(Opportunity opportunity) {
  ++seen_;
  if (kept_.size() < most_) {
    kept_.push_back(std::move(opportunity));
    return;
  }
  if (const auto place = engine_() % seen_; place < most_) kept_[place] = std::move(opportunity);
}

void Sample::age() { seen_ = std::max<std::uint64_t>(kept_.size(), seen_ / 2); }

std::vector<Cell> cells_of(std::span<const Order> orders, std::span<const Opportunity> sample, double visits, Time now) {
  std::map<std::vector<ContractNumber>, double> slots;
  double all = 0;
  const Time today{floor<std::chrono::days>(now)};
  for (auto opportunity : sample) {
    // It stands for one that comes: at the same time of day, or now if that has passed.
    opportunity.at = std::max(now, today + (opportunity.at - floor<std::chrono::days>(opportunity.at)));
    std::vector<ContractNumber> matching;
    for (ContractNumber i = 0; i < orders.size(); ++i) {
      if (matches(orders[i], opportunity)) matching.push_back(i);
    }
    for (const auto& each : opportunity.breaks) {
      if (each.slots <= 0) continue;
      std::vector<ContractNumber> eligible;
      for (const auto i : matching) {
        if (is_at(orders[i], each.position)) eligible.push_back(i);
      }
      slots[std::move(eligible)] += each.slots;
      all += each.slots;
    }
  }
  std::vector<Cell> cells;
  for (auto& [eligible, count] : slots) cells.push_back({.visits = count / all * visits, .eligible = eligible});
  return cells;
}

int slots_of(const Opportunity& opportunity) noexcept {
  int slots = 0;
  for (const auto& each : opportunity.breaks) slots += std::max(0, each.slots);
  return slots;
}

}  // namespace carillon::ads
