#pragma once
// How many visits are expected until midnight, and which orders they are for. One thread at a time; nothing blocks.

#include "ads/deciding/decision.hpp"

#include <array>
#include <random>

namespace carillon::ads {

/// Visits per hour of the last weeks. A visit is a slot in a download that could be filled.
class Forecast {
 public:
  /// `at` must not be earlier than in a previous call, except within the same hour.
  void note(Time at, double visits);
  /// Until midnight UTC: like the same hours of the last seven days, scaled by how busy today is so far.
  [[nodiscard]] double until_midnight(Time now) const;

 private:
  static constexpr std::size_t kDays = 8, kHours = 24;
  [[nodiscard]] double of(std::int64_t hour) const noexcept;
  void advance(std::int64_t hour) noexcept;

  std::array<double, kDays * kHours> counts_{};  ///< by hour, modulo their number
  std::int64_t first_ = -1, last_ = -1;          ///< hours since 1970 that are in it
};

/// Recent opportunities, each with the same chance to be in it (Vitter's algorithm R, ACM TOMS 11(1), 1985), that stand for those that
/// come.
class Sample {
 public:
  explicit Sample(std::size_t most, std::uint64_t seed) : most_{most}, engine_{seed} {}
  void note(Opportunity opportunity);
  /// Forgets half, so that newer ones gain weight.
  void age();
  [[nodiscard]] const std::vector<Opportunity>& opportunities() const noexcept { return kept_; }

 private:
  std::size_t most_;
  std::mt19937_64 engine_;
  std::uint64_t seen_ = 0;
  std::vector<Opportunity> kept_;
};

/// The slots of `sample` as cells with `visits` in all, as they look at `now` for these orders.
[[nodiscard]] std::vector<Cell> cells_of(std::span<const Order> orders, std::span<const Opportunity> sample, double visits, Time now);

/// The number of slots that an opportunity has.
[[nodiscard]] int slots_of(const Opportunity& opportunity) noexcept;

}  // namespace carillon::ads
