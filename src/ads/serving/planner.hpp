#pragma once
// The plan that is followed now, and how it's made from what is booked, what was decided, what was delivered and what is expected.

#include "ads/deciding/planning.hpp"
#include "ads/model/figures.hpp"
#include "ads/serving/frequency.hpp"
#include "ads/serving/serving_queries.hpp"
#include "base/mutex.hpp"

#include <atomic>

namespace carillon::ads {

/// Opportunities that stand for those that come.
inline constexpr std::size_t kSampleSize = 2'000;

/// A plan with what is left of it. Any thread.
struct LivePlan {
  explicit LivePlan(Planned planned);
  Plan plan;
  std::vector<std::atomic<std::int64_t>> allowances;  ///< of each order: impressions that may still be decided
  std::vector<std::atomic<std::int64_t>> decided;     ///< with this plan
  /// Of each order; null without caps.
  std::vector<std::shared_ptr<Frequency>> frequency;
  std::vector<std::string> frequency_keys;  ///< for hashes of listeners; "" without caps
  std::vector<double> demands, missing;
  std::map<std::string, ShowRules> rules;  ///< by the show's id; the others have the default ones
  double visits = 0;                       ///< expected until midnight when it was made
};

/// What became of the orders so far.
struct Outcomes {
  std::map<std::string, Delivered> delivered;
  std::map<std::string, queries::HourCounts> decided;
  Time counted = Time::max();  ///< up to when `delivered` is known
};
[[nodiscard]] Tally tally_of(const std::string& order, const Outcomes& outcomes, Time now);

/// note() on any thread, the rest on one.
class Planner {
 public:
  explicit Planner(std::uint64_t seed) : sample_{kSampleSize, seed} {}

  /// A request that could have been given advertisements.
  void note(const Opportunity& opportunity);
  /// What was noted before the start.
  void restore(const queries::HourCounts& supply);

  /// `before` is the plan so far, or null. `nodes` divide what may be decided.
  [[nodiscard]] std::shared_ptr<LivePlan> plan(std::vector<Order> orders, const Outcomes& outcomes, const LivePlan* before, Time now,
                                               std::int64_t nodes);

 private:
  Mutex mutex_;
  Forecast forecast_ GUARDED_BY(mutex_);
  Sample sample_ GUARDED_BY(mutex_);
  Time aged_ GUARDED_BY(mutex_);
  std::map<std::string, double> corrections_;  ///< by order
};

}  // namespace carillon::ads
