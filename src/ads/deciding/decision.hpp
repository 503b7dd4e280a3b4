#pragma once
// Which advertisements a listener hears in an episode. Pure: no time, no randomness but the seed, so that every node decides the same with
// the same plan.

#include "ads/deciding/allocation.hpp"
#include "ads/model/orders.hpp"

namespace carillon::ads {

/// A place between parts of an episode.
struct Break {
  Position position = Position::midroll;
  int slots = 1;
};

/// A listener's request for an episode, as far as decisions depend on it. "" is unknown.
struct Opportunity {
  std::string network;  ///< slug: orders of others aren't heard in its shows
  std::string show;     ///< id
  std::string episode;  ///< id
  std::vector<std::string> tags;
  std::string country, region, app, device;
  Time at;
  std::vector<Break> breaks;  ///< in the order in which they are heard
  audio::Format format;       ///< of the episode's master
  std::vector<std::string> blocked_categories;
  int most_per_advertiser = 1;                                      ///< orders of one advertiser
  std::chrono::microseconds most_ad_time = std::chrono::hours{24};  ///< of all insertions together
  std::uint64_t seed = 0;                                           ///< of listener, episode and window
};

/// The orders that run now, and how visits are shared between them. Immutable.
struct Plan {
  std::vector<Order> orders;
  Allocation allocation;  ///< of `orders`
};

struct Insertion {
  std::size_t at_break = 0;    ///< index in Opportunity::breaks
  std::uint32_t order = 0;     ///< index in Plan::orders
  std::uint32_t creative = 0;  ///< index in Order::creatives
  [[nodiscard]] bool operator==(const Insertion&) const = default;
};

/// What changes between two decisions. Any thread.
class Permits {
 public:
  virtual ~Permits() = default;
  /// Whether this listener may hear the order once more (frequency caps).
  [[nodiscard]] virtual bool may_hear(const Order& order) = 0;
  /// Takes `count` impressions from what the order may still have; false, and nothing is taken, if there aren't that many.
  [[nodiscard]] virtual bool reserve(const Order& order, int count) = 0;
};

/// Whether an order can be heard in this episode by this listener now, in any of its breaks.
[[nodiscard]] bool matches(const Order& order, const Opportunity& opportunity) noexcept;

/// In the order in which they are heard. Per download: no creative twice, no two advertisers with a common category, all creatives of an
/// order with Logic::all or none.
[[nodiscard]] std::vector<Insertion> decide(const Plan& plan, const Opportunity& opportunity, Permits& permits);

/// The rank with which an order is allocated: by tier, then priority.
[[nodiscard]] int rank_of(const Order& order) noexcept;

}  // namespace carillon::ads
