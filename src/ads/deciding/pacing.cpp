// See pacing.hpp.

#include "ads/deciding/pacing.hpp"

#include <algorithm>
#include <cmath>

namespace carillon::ads {
namespace {

using std::chrono::days;
using std::chrono::floor;
using Seconds = std::chrono::duration<double>;

constexpr double kLowestRate = 0.05;
/// A cap counts what may still be delivered as a little more than what is expected …
constexpr double kCaution = 1.1;
/// … and may be exceeded by no more than this part of it, even if everything that was decided is delivered.
constexpr double kMostExcess = 0.01;

double seconds_of(Duration duration) noexcept { return std::chrono::duration_cast<Seconds>(duration).count(); }

/// How much of an order's time is in the day that starts at `day`.
double part_in_day(const Order& order, Time day) noexcept {
  const auto from = std::max(order.starts, day), to = std::min(order.ends, Time{day + days{1}});
  return std::max(0.0, seconds_of(to - from));
}

}  // namespace

double delivery_rate(const Tally& tally, double usual) noexcept {
  return std::clamp(
      (static_cast<double>(tally.delivered_of_settled) + usual * kUsualWeight) / (static_cast<double>(tally.settled) + kUsualWeight),
      kLowestRate, 1.0);
}

double outstanding(const Tally& tally, double usual) noexcept {
  return std::max(0.0,
                  static_cast<double>(tally.unsettled) * delivery_rate(tally, usual) - static_cast<double>(tally.delivered_of_unsettled));
}

std::optional<double> planned_today(const Order& order, const Tally& tally, Time now) noexcept {
  const auto goal = goal_of(order);
  if (!goal) return {};
  const Time today{floor<days>(now)};
  const double in_day = part_in_day(order, today);
  const double left = std::max(0.0, seconds_of(order.ends - std::max(order.starts, today)));
  if (in_day <= 0 || left <= 0 || now >= order.ends) return 0;
  const double before = static_cast<double>(tally.delivered - tally.delivered_today);
  const double missing = std::max(0.0, static_cast<double>(*goal) - before);
  double planned = missing * in_day / left;
  if (order.pacing == Pacing::fast) planned = missing;
  if (order.pacing == Pacing::front && before < static_cast<double>(*goal) / 2) {
    const double whole = std::max(1.0, seconds_of(order.ends - order.starts));
    planned = std::min(missing, static_cast<double>(*goal) * in_day / whole * kFrontLoad);
  }
  return planned;
}

Pace pace_of(const Order& order, const Tally& tally, Time now, double visits, double usual) noexcept {
  const double rate = delivery_rate(tally, usual), coming = outstanding(tally, usual);
  const auto planned = planned_today(order, tally, now);
  if (planned && *planned <= 0) return {};
  Pace pace{.demand = visits, .allowance = INT64_MAX};
  if (planned) {
    const double needed = *planned - static_cast<double>(tally.delivered_today) - coming;
    pace.demand = std::max(0.0, needed / rate);
    pace.allowance = static_cast<std::int64_t>(std::ceil(pace.demand));
  }
  if (order.cap) {
    const auto cap = static_cast<double>(*order.cap), delivered = static_cast<double>(tally.delivered);
    const auto pending = static_cast<double>(std::max<std::int64_t>(0, tally.unsettled - tally.delivered_of_unsettled));
    const double room = std::min(cap - delivered - coming * kCaution, cap * (1 + kMostExcess) - delivered - pending);
    pace.allowance = std::clamp<std::int64_t>(pace.allowance, 0, static_cast<std::int64_t>(std::max(0.0, room)));
    pace.demand = std::min(pace.demand, static_cast<double>(pace.allowance));
  }
  return pace;
}

}  // namespace carillon::ads
