// See order_budget.hpp.

#include "certs/keeper/schedule/order_budget.hpp"

#include <algorithm>

namespace carillon::certs {
namespace {

/// The moment from which fewer than `most` of `times` lie within `window`.
Time room_in(const std::deque<Time>& times, int most, Duration window) {
  if (static_cast<int>(times.size()) < most) return Time{};
  return times[times.size() - static_cast<std::size_t>(most)] + window;
}

void note(std::deque<Time>& times, Time at, int most) {
  times.push_back(at);
  while (static_cast<int>(times.size()) > most) times.pop_front();
}

}  // namespace

Time OrderBudget::next(OrderKind kind, Time) const {
  const auto burst = room_in(all_, kBurst, kBurstWindow);
  if (kind == OrderKind::renewal) return burst;
  return std::max({burst, room_in(fresh_, kFresh, kFreshWindow), paused_until_});
}

void OrderBudget::placed(OrderKind kind, Time at) {
  note(all_, at, kBurst);
  if (kind == OrderKind::fresh) note(fresh_, at, kFresh);
}

void OrderBudget::refused(const std::string& name, Time now, Time until, bool of_account) {
  std::erase_if(refused_names_, [&](const auto& entry) { return entry.second <= now; });
  refused_names_[name] = until;
  if (of_account || refused_names_.size() >= kRefusedNames) paused_until_ = std::max(paused_until_, until);
}

Time OrderBudget::refused_until(const std::string& name) const {
  const auto found = refused_names_.find(name);
  return found == refused_names_.end() ? paused_until_ : std::max(paused_until_, found->second);
}

int most_issuances_per_day(Duration lifetime) noexcept {
  constexpr int kLeast = 5;
  const auto day = Duration{std::chrono::hours{24}}.count();
  return static_cast<int>(std::max<Duration::rep>(kLeast, 3 * day / std::max<Duration::rep>(lifetime.count(), 1)));
}

}  // namespace carillon::certs
