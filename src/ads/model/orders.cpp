// See orders.hpp.

#include "ads/model/orders.hpp"

#include <algorithm>
#include <cmath>

namespace carillon::ads {
namespace {

bool is_in(const CreativeFile& file, const audio::Format& format) noexcept {
  return file.format.bitrate == format.bitrate && file.format.channels == format.channels && file.format.sample_rate == format.sample_rate;
}

template <class Value, std::size_t Count>
using Names = std::array<std::pair<Value, std::string_view>, Count>;

template <class Value, std::size_t Count>
std::string_view name_in(const Names<Value, Count>& names, Value value) noexcept {
  const auto found = std::ranges::find(names, value, &std::pair<Value, std::string_view>::first);
  return found == names.end() ? std::string_view{} : found->second;
}

template <class Value, std::size_t Count>
std::optional<Value> value_in(const Names<Value, Count>& names, std::string_view name) noexcept {
  const auto found = std::ranges::find(names, name, &std::pair<Value, std::string_view>::second);
  return found == names.end() ? std::nullopt : std::optional{found->first};
}

constexpr Names<Position, 3> kPositionNames{
    {{Position::preroll, "preroll"}, {Position::midroll, "midroll"}, {Position::postroll, "postroll"}}};
constexpr Names<Tier, 3> kTierNames{{{Tier::exclusive, "exclusive"}, {Tier::direct, "direct"}, {Tier::promo, "promo"}}};
constexpr Names<Pacing, 3> kPacingNames{{{Pacing::even, "even"}, {Pacing::fast, "fast"}, {Pacing::front, "front"}}};
constexpr Names<Logic, 2> kLogicNames{{{Logic::any, "or"}, {Logic::all, "and"}}};
constexpr Names<OrderState, 4> kStateNames{
    {{OrderState::draft, "draft"}, {OrderState::approved, "approved"}, {OrderState::running, "running"}, {OrderState::done, "done"}}};
constexpr Names<CreativeKind, 2> kCreativeKindNames{{{CreativeKind::produced, "produced"}, {CreativeKind::host_read, "host_read"}}};

}  // namespace

std::string_view name_of(Position position) noexcept { return name_in(kPositionNames, position); }
std::optional<Position> position_from(std::string_view name) noexcept { return value_in(kPositionNames, name); }
std::string_view name_of(Tier tier) noexcept { return name_in(kTierNames, tier); }
std::optional<Tier> tier_from(std::string_view name) noexcept { return value_in(kTierNames, name); }
std::string_view name_of(Pacing pacing) noexcept { return name_in(kPacingNames, pacing); }
std::optional<Pacing> pacing_from(std::string_view name) noexcept { return value_in(kPacingNames, name); }
std::string_view name_of(Logic logic) noexcept { return name_in(kLogicNames, logic); }
std::optional<Logic> logic_from(std::string_view name) noexcept { return value_in(kLogicNames, name); }
std::string_view name_of(OrderState state) noexcept { return name_in(kStateNames, state); }
std::optional<OrderState> order_state_from(std::string_view name) noexcept { return value_in(kStateNames, name); }
std::string_view name_of(CreativeKind kind) noexcept { return name_in(kCreativeKindNames, kind); }
std::optional<CreativeKind> creative_kind_from(std::string_view name) noexcept { return value_in(kCreativeKindNames, name); }

const CreativeFile* Creative::file_in(const audio::Format& format) const noexcept {
  const auto found = std::ranges::find_if(files, [&](const CreativeFile& file) { return is_in(file, format); });
  return found == files.end() ? nullptr : &*found;
}

const CreativeFile* Creative::file_near(const audio::Format& format, double loudness) const noexcept {
  const CreativeFile* nearest = nullptr;
  for (const auto& file : files) {
    if (is_in(file, format) && (!nearest || std::abs(file.loudness - loudness) < std::abs(nearest->loudness - loudness))) nearest = &file;
  }
  return nearest;
}

std::chrono::microseconds most_ad_time(const ShowRules& rules, std::chrono::microseconds episode) noexcept {
  if (!rules.most_per_hour) return std::chrono::days{1};
  // Both are at most a day, so the product fits.
  return std::chrono::microseconds{episode.count() * rules.most_per_hour->count() / std::chrono::seconds{std::chrono::hours{1}}.count()};
}

OrderState state_at(const Order& order, Time now) noexcept {
  if (order.state == OrderState::draft || order.state == OrderState::done) return order.state;
  if (now >= order.ends) return OrderState::done;
  return now >= order.starts ? OrderState::running : OrderState::approved;
}

bool is_at(const Order& order, Position position) noexcept {
  return order.positions.empty() || std::ranges::find(order.positions, position) != order.positions.end();
}

std::optional<std::int64_t> goal_of(const Order& order) noexcept { return order.goal ? order.goal : order.cap; }

}  // namespace carillon::ads
