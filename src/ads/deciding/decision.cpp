// See decision.hpp.

#include "ads/deciding/decision.hpp"

#include <algorithm>
#include <chrono>

namespace carillon::ads {
namespace {

constexpr std::uint32_t kNone = UINT32_MAX;

/// A number from a seed and what it is for: splitmix64's finalizer (Steele et al., OOPSLA 2014).
std::uint64_t mixed(std::uint64_t seed, std::uint64_t purpose) noexcept {
  std::uint64_t z = seed + (purpose + 1) * 0x9E3779B97F4A7C15;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
  return z ^ (z >> 31);
}

/// From 0 to 1, exclusive.
double drawn(std::uint64_t seed, std::uint64_t purpose) noexcept { return static_cast<double>(mixed(seed, purpose) >> 11) * 0x1.0p-53; }

/// FNV-1a: the same on every node and in every version.
std::uint64_t hash_of(std::string_view text) noexcept {
  std::uint64_t hash = 0xCBF29CE484222325;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3;
  return hash;
}

bool has(const std::vector<std::string>& list, const std::string& value) noexcept { return std::ranges::find(list, value) != list.end(); }

bool has_any(const std::vector<std::string>& list, const std::vector<std::string>& values) noexcept {
  return std::ranges::any_of(values, [&](const std::string& value) { return has(list, value); });
}

struct Moment {
  unsigned day = 0;  ///< 0 is Monday
  unsigned hour = 0;
};
Moment moment_of(Time at) noexcept {
  const auto day = std::chrono::floor<std::chrono::days>(at);
  return {.day = std::chrono::weekday{day}.iso_encoding() - 1,
          .hour = static_cast<unsigned>(std::chrono::floor<std::chrono::hours>(at - day).count())};
}

/// Of something that may be unknown ("").
bool is_allowed(const std::vector<std::string>& only, const std::vector<std::string>& except, const std::string& value) noexcept {
  if (only.empty() && except.empty()) return true;
  return !value.empty() && (only.empty() || has(only, value)) && !has(except, value);
}

bool fits(const Targets& targets, const Opportunity& opportunity) noexcept {
  const auto& [only, except] = targets;
  if (!is_allowed(only.shows, except.shows, opportunity.show) || !is_allowed(only.episodes, except.episodes, opportunity.episode) ||
      !is_allowed(only.countries, except.countries, opportunity.country) || !is_allowed(only.regions, except.regions, opportunity.region) ||
      !is_allowed(only.apps, except.apps, opportunity.app) || !is_allowed(only.devices, except.devices, opportunity.device))
    return false;
  if ((!only.tags.empty() && !has_any(only.tags, opportunity.tags)) || has_any(except.tags, opportunity.tags)) return false;
  if (only.days == 0 && except.days == 0 && only.hours == 0 && except.hours == 0) return true;
  const auto moment = moment_of(opportunity.at);
  const auto day = 1U << moment.day, hour = 1U << moment.hour;
  return (only.days == 0 || (only.days & day) != 0) && (except.days & day) == 0 && (only.hours == 0 || (only.hours & hour) != 0) &&
         (except.hours & hour) == 0;
}

bool is_usable(const Creative& creative, const Opportunity& opportunity) noexcept {
  return (!creative.expires || *creative.expires > opportunity.at) && creative.file_in(opportunity.format) != nullptr;
}

/// The insertions of one download while they are chosen.
class Draft {
 public:
  Draft(const Plan& plan, const Opportunity& opportunity, Permits& permits) : plan_{plan}, opportunity_{opportunity}, permits_{permits} {
    for (std::size_t i = 0; i < opportunity.breaks.size(); ++i)
      slots_.insert(slots_.end(), static_cast<std::size_t>(std::max(0, opportunity.breaks[i].slots)), {.at_break = i});
    for (const auto order : plan.allocation.order) {
      const auto& each = plan.orders[order];
      if (const auto share = plan.allocation.shares[order]; share > 0 && matches(each, opportunity))
        candidates_.push_back({.order = order, .share = share, .positions = positions_of(each), .tier = each.tier, .logic = each.logic});
    }
  }

  std::vector<Insertion> made() && {
    // All or nothing goes first: once any of its slots is taken, such an order has no chance.
    for (const auto tier : {Tier::exclusive, Tier::direct, Tier::promo}) {
      for (auto& candidate : candidates_) {
        if (is_of(candidate, tier, Logic::all)) place_all(candidate, tier);
      }
      for (std::size_t slot = 0; slot < slots_.size(); ++slot) {
        if (tier == Tier::direct) fill(slot);
        if (tier == Tier::promo) promote(slot);
      }
      for (auto& candidate : candidates_) {
        if (tier == Tier::exclusive && is_of(candidate, tier, Logic::any)) place_exclusive(candidate);
      }
    }
    std::vector<Insertion> insertions;
    for (const auto& slot : slots_) {
      if (slot.order != kNone) insertions.push_back({.at_break = slot.at_break, .order = slot.order, .creative = slot.creative});
    }
    return insertions;
  }

 private:
  struct Slot {
    std::size_t at_break = 0;
    std::uint32_t order = kNone, creative = 0;
  };
  /// What is looked at for every slot is here, side by side: orders are large and far apart in memory.
  struct Candidate {
    std::uint32_t order = 0;
    double share = 0;
    std::uint8_t positions = 0;  ///< a bit each
    Tier tier = Tier::direct;
    Logic logic = Logic::any;
    bool is_out = false;  ///< of this download
    int placed = 0;
  };
  static std::uint8_t bit_of(Position position) { return static_cast<std::uint8_t>(1U << static_cast<unsigned>(position)); }
  static std::uint8_t positions_of(const Order& order) {
    std::uint8_t positions = 0;
    for (const auto position : kPositions) positions |= is_at(order, position) ? bit_of(position) : 0;
    return positions;
  }

  [[nodiscard]] const Order& order_of(const Candidate& candidate) const { return plan_.orders[candidate.order]; }
  static bool is_of(const Candidate& candidate, Tier tier, Logic logic) { return candidate.tier == tier && candidate.logic == logic; }
  [[nodiscard]] Position position_of(const Slot& slot) const { return opportunity_.breaks[slot.at_break].position; }
  [[nodiscard]] bool is_open_for(const Slot& slot, const Candidate& candidate) const {
    return slot.order == kNone && (candidate.positions & bit_of(position_of(slot))) != 0;
  }

  /// Whether what is placed already keeps this order away: a competitor, its own advertiser, its own limit.
  [[nodiscard]] bool is_kept_away(const Candidate& candidate) const {
    if (candidate.is_out) return true;
    if (placed_.empty()) return false;
    const auto& order = order_of(candidate);
    if (candidate.placed >= order.most_per_download) return true;
    int of_advertiser = 0;
    for (const auto number : placed_) {
      const auto& placed = plan_.orders[number];
      if (number == candidate.order) continue;
      if (placed.advertiser == order.advertiser)
        ++of_advertiser;
      else if (has_any(order.categories, placed.categories))
        return true;
    }
    return of_advertiser >= opportunity_.most_per_advertiser;
  }

  [[nodiscard]] bool is_used(const Creative& creative) const {
    return std::ranges::any_of(slots_, [&](const Slot& slot) {
      return slot.order != kNone && plan_.orders[slot.order].creatives[slot.creative].id == creative.id;
    });
  }
  [[nodiscard]] std::chrono::microseconds length_of(const Creative& creative) const {
    return creative.file_in(opportunity_.format)->duration;
  }

  /// One that isn't in this download yet and still fits into its time; kNone if there is none.
  [[nodiscard]] std::uint32_t creative_of(const Order& order) const {
    const auto count = order.creatives.size();
    const auto first = count == 0 ? 0 : mixed(opportunity_.seed, hash_of(order.id)) % count;
    for (std::size_t i = 0; i < count; ++i) {
      const auto index = (first + i) % count;
      const auto& creative = order.creatives[index];
      if (is_usable(creative, opportunity_) && !is_used(creative) && ad_time_ + length_of(creative) <= opportunity_.most_ad_time)
        return static_cast<std::uint32_t>(index);
    }
    return kNone;
  }

  void put(Slot& slot, Candidate& candidate, std::uint32_t creative) {
    slot.order = candidate.order;
    slot.creative = creative;
    if (candidate.placed++ == 0) placed_.push_back(candidate.order);
    ad_time_ += length_of(order_of(candidate).creatives[creative]);
  }

  /// Puts one of its creatives into the slot if everything permits it; else the order is out of this download.
  bool place(Slot& slot, Candidate& candidate) {
    const auto& order = order_of(candidate);
    const auto creative = creative_of(order);
    if (creative == kNone || !permits_.may_hear(order) || !permits_.reserve(order, 1)) {
      candidate.is_out = true;
      return false;
    }
    put(slot, candidate, creative);
    return true;
  }

  void place_exclusive(Candidate& candidate) {
    for (auto& slot : slots_) {
      if (is_kept_away(candidate)) return;
      if (is_open_for(slot, candidate) && !place(slot, candidate)) return;
    }
  }

  /// Each of its creatives, in their order, in the first open slots that fit.
  void place_all(Candidate& candidate, Tier tier) {
    const auto& order = order_of(candidate);
    const auto count = order.creatives.size();
    std::vector<Slot*> open;
    for (auto& slot : slots_) {
      if (is_open_for(slot, candidate)) open.push_back(&slot);
    }
    if (count == 0 || open.size() < count || is_kept_away(candidate)) return;
    // Its share is one of slots; it takes `count` of them at a time.
    const double chance = candidate.share * static_cast<double>(open.size()) / static_cast<double>(count);
    if (tier == Tier::direct && drawn(opportunity_.seed, hash_of(order.id) ^ 1) >= chance) return;
    auto time = ad_time_;
    for (const auto& creative : order.creatives) {
      if (!is_usable(creative, opportunity_) || is_used(creative)) return;
      time += length_of(creative);
    }
    if (time > opportunity_.most_ad_time || !permits_.may_hear(order) || !permits_.reserve(order, static_cast<int>(count))) return;
    for (std::uint32_t i = 0; i < count; ++i) put(*open[i], candidate, i);
    candidate.is_out = true;
  }

  /// A slot for those who bought it: walks through the plan until the shares cover what was drawn.
  void fill(std::size_t number) {
    auto& slot = slots_[number];
    const double point = drawn(opportunity_.seed, number);
    while (slot.order == kNone) {
      Candidate* chosen = nullptr;
      double covered = 0;
      for (auto& candidate : candidates_) {
        if (!is_of(candidate, Tier::direct, Logic::any) || !is_open_for(slot, candidate) || is_kept_away(candidate)) continue;
        covered += candidate.share;
        if (point < covered) {
          chosen = &candidate;
          break;
        }
        if (covered >= 1) break;
      }
      if (!chosen) return;
      if (!place(slot, *chosen)) continue;
    }
  }

  /// A slot that nobody bought, for one of the promos with the best priority.
  void promote(std::size_t number) {
    auto& slot = slots_[number];
    while (slot.order == kNone) {
      std::vector<Candidate*> best;
      for (auto& candidate : candidates_) {
        const auto& order = order_of(candidate);
        if (!is_of(candidate, Tier::promo, Logic::any) || !is_open_for(slot, candidate) || is_kept_away(candidate)) continue;
        if (!best.empty() && order.priority > order_of(*best.front()).priority) continue;
        if (!best.empty() && order.priority < order_of(*best.front()).priority) best.clear();
        best.push_back(&candidate);
      }
      if (best.empty()) return;
      if (!place(slot, *best[mixed(opportunity_.seed, 1'000 + number) % best.size()])) continue;
    }
  }

  const Plan& plan_;
  const Opportunity& opportunity_;
  Permits& permits_;
  std::vector<Slot> slots_;
  std::vector<Candidate> candidates_;  ///< in the order of the allocation
  std::vector<std::uint32_t> placed_;  ///< orders
  std::chrono::microseconds ad_time_{};
};

}  // namespace

int rank_of(const Order& order) noexcept { return static_cast<int>(order.tier) * (kLastPriority + 1) + order.priority; }

bool matches(const Order& order, const Opportunity& opportunity) noexcept {
  return order.network == opportunity.network && order.starts <= opportunity.at && opportunity.at < order.ends &&
         fits(order.targets, opportunity) && !has_any(opportunity.blocked_categories, order.categories) &&
         std::ranges::any_of(
             opportunity.breaks, [&](const Break& each) { return each.slots > 0 && is_at(order, each.position); }) &&
         std::ranges::any_of(order.creatives, [&](const Creative& creative) { return is_usable(creative, opportunity); });
}

std::vector<Insertion> decide(const Plan& plan, const Opportunity& opportunity, Permits& permits) {
  return Draft{plan, opportunity, permits}.made();
}

}  // namespace carillon::ads
