#pragma once
// How many impressions an order should have, when, and how many decisions that takes. Pure.

#include "ads/model/orders.hpp"

namespace carillon::ads {

/// A decision of this age is settled: hardly any download is completed later.
inline constexpr std::chrono::hours kSettled{3};

/// What became of an order so far. A decision reserves impressions; a delivery is a counted download in which all of the creative was sent.
struct Tally {
  std::int64_t delivered = 0;                              ///< since the order started
  std::int64_t delivered_today = 0;                        ///< UTC
  std::int64_t settled = 0, delivered_of_settled = 0;      ///< decisions older than kSettled
  std::int64_t unsettled = 0, delivered_of_unsettled = 0;  ///< younger ones
};

/// The part of decided impressions that is delivered, where nothing is known at all.
inline constexpr double kUsualRate = 0.8;
/// What is usual counts as much as so many settled decisions of the order itself.
inline constexpr double kUsualWeight = 100;
/// Front-loaded orders get this much more than even ones each day, until half is delivered.
inline constexpr double kFrontLoad = 1.25;

/// The part of decided impressions that is delivered, 0.05 to 1. `usual` is that of all orders.
[[nodiscard]] double delivery_rate(const Tally& tally, double usual = kUsualRate) noexcept;

/// Impressions that have been decided, aren't delivered yet and will be, as far as one can expect.
[[nodiscard]] double outstanding(const Tally& tally, double usual = kUsualRate) noexcept;

/// Deliveries planned for the UTC day of `now`; none if the order has neither goal nor cap, 0 outside of its dates. What was missed on
/// earlier days is spread over the days that are left.
[[nodiscard]] std::optional<double> planned_today(const Order& order, const Tally& tally, Time now) noexcept;

struct Pace {
  double demand = 0;           ///< decisions until midnight UTC
  std::int64_t allowance = 0;  ///< the most decisions until this is computed again
};

/// An order without a goal can have every visit: its demand is `visits`, those expected until midnight.
[[nodiscard]] Pace pace_of(const Order& order, const Tally& tally, Time now, double visits, double usual = kUsualRate) noexcept;

}  // namespace carillon::ads
