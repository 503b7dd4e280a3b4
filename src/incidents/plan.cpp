// See plan.hpp.

#include "incidents/plan.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <array>

namespace carillon::incidents {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

// Pauses before steps 1, 2, 3 and each one after.
constexpr std::array<Duration, 4> kPauses{hours{4}, hours{8}, hours{12}, hours{24}};
constexpr std::array<Duration, 4> kUrgentPauses{minutes{15}, minutes{45}, hours{2}, hours{6}};
constexpr std::array<Duration, 4> kAttemptPauses{minutes{1}, minutes{5}, minutes{15}, minutes{60}};
constexpr int kRoles = 4;

Duration pause_at(const std::array<Duration, 4>& pauses, int number) noexcept {
  return pauses[static_cast<std::size_t>(std::clamp(number - 1, 0, static_cast<int>(pauses.size()) - 1))];
}

}  // namespace

Time next_step(const Progress& progress, const std::optional<Time>& noticed_at) noexcept {
  if (progress.steps == 0) return progress.begun;
  const auto normal = progress.last + pause_at(kPauses, progress.steps);
  if (!noticed_at) return normal;
  const auto shrinks_at = *noticed_at - kUrgentWithin;
  return std::min(normal, std::max(shrinks_at, progress.last + pause_at(kUrgentPauses, progress.steps)));
}

std::optional<Progress> caught_up(Progress progress, const std::optional<Time>& noticed_at, Time now) noexcept {
  const int before = progress.steps;
  for (auto next = next_step(progress, noticed_at); next <= now; next = next_step(progress, noticed_at)) {
    progress.last = next;
    ++progress.steps;
  }
  if (progress.steps == before) return {};
  return progress;
}

bool is_urgent(const std::optional<Time>& noticed_at, Time now) noexcept { return noticed_at && *noticed_at - now < kUrgentWithin; }

Stewardship or_machine(Stewardship named, const Stewardship& machine) {
  if (!named.network.empty()) return named;
  if (named.steward.empty()) named.steward = machine.steward;
  if (named.deputy.empty()) named.deputy = machine.deputy;
  return named;
}

std::vector<Recipient> told_at(int step, const Stewardship& in_charge, std::span<const std::string> operators,
                               std::span<const std::string> owners) {
  std::vector<Recipient> recipients;
  const auto add = [&](const std::string& address, Role role) {
    const bool known = std::ranges::any_of(recipients, [&](const Recipient& other) { return equal_ignoring_case(other.address, address); });
    if (!address.empty() && !known) recipients.push_back({address, role});
  };
  if (in_charge.steward.empty() && in_charge.deputy.empty() && !in_charge.network.empty()) {
    for (const auto& address : owners) add(address, Role::owners);
    if (recipients.empty()) {
      for (const auto& address : operators) add(address, Role::operators);
    }
    return recipients;
  }
  for (int role = 0; role < kRoles && (role <= step || recipients.empty()); ++role) {
    switch (static_cast<Role>(role)) {
      case Role::steward:
        add(in_charge.steward, Role::steward);
        break;
      case Role::deputy:
        add(in_charge.deputy, Role::deputy);
        break;
      case Role::operators:
        for (const auto& address : operators) add(address, Role::operators);
        break;
      case Role::owners:
        for (const auto& address : owners) add(address, Role::owners);
        break;
    }
  }
  return recipients;
}

Duration pause_after(int attempts) noexcept { return pause_at(kAttemptPauses, attempts); }

}  // namespace carillon::incidents
