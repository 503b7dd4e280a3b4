#pragma once
// The plan of an incident: who is notified when. Pure: no clock, no database, so that a test can run a year of reminders in a second.
//
// Steps are numbered from 0. At 0 h the steward; at 4 h steward and deputy; at 12 h the operators too; at 24 h every owner of the network
// too; then all of them daily. If less than 24 h remain until listeners notice, the pauses are shorter: 0, 15 min, 1 h, 3 h, then
// every 6 h.
//
// Where the shrink sets in half-way, the numbering goes on: no step is taken twice and none is left out, only the pause before the next one
// becomes the short one, counted from the step before, but never so that it ends before the shrink sets in. So the messages of a plan are
// as many as its steps.

#include "base/time.hpp"
#include "incidents/incidents.hpp"

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace carillon::incidents {

/// With less time than this until listeners notice, the short pauses are used.
inline constexpr std::chrono::hours kUrgentWithin{24};

/// The progress of a plan. It starts when the incident opens, and again when an acknowledgment expires without a resolution.
struct Progress {
  Time begun;
  int steps = 0;  ///< taken so far
  Time last;      ///< when the last of them was planned (not when it was performed, so that a delay doesn't shift the rest)
  bool operator==(const Progress&) const = default;
};

/// The time of the next step. There is always one.
[[nodiscard]] Time next_step(const Progress& progress, const std::optional<Time>& noticed_at) noexcept;

/// The progress after every step up to `now`; none if no step is due. If several are due (the server was down), only the last one is sent.
[[nodiscard]] std::optional<Progress> caught_up(Progress progress, const std::optional<Time>& noticed_at, Time now) noexcept;

/// Whether less than kUrgentWithin remains, or the time has passed.
[[nodiscard]] bool is_urgent(const std::optional<Time>& noticed_at, Time now) noexcept;

/// Why a person is notified.
enum class Role { steward, deputy, operators, owners };

struct Recipient {
  std::string address;
  Role role = Role::steward;
  bool operator==(const Recipient&) const = default;
};

/// Completes `named` with the machine's steward and deputy, except for a network's incidents.
[[nodiscard]] Stewardship or_machine(Stewardship named, const Stewardship& machine);

/// The people to notify at `step`, each address once (ignoring case), with their first role. Unset roles are skipped; if no one is left,
/// the next role that has people is used, so that step 0 without a steward reaches the deputy, else the operators, else the owners.
///
/// If a network is responsible and no person is set, its owners are notified at every step, and operators only if it has none. Operators
/// can see it in their list, but aren't alerted by tenants' mistakes.
[[nodiscard]] std::vector<Recipient> told_at(int step, const Stewardship& in_charge, std::span<const std::string> operators,
                                             std::span<const std::string> owners);

/// The pause before retrying a message that no channel could deliver; `attempts` so far, at least 1: 1, 5, 15 min, then hourly.
[[nodiscard]] Duration pause_after(int attempts) noexcept;

}  // namespace carillon::incidents
