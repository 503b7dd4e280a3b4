#pragma once
// The plan of an incident: who is told when. Pure: no clock, no database, so that a year of reminders runs in a test in a second.
//
// Steps are numbered from 0. At 0 h the steward; at 4 h steward and deputy; at 12 h the operators too; at 24 h every owner of the network
// too; then all of them daily, for ever. When less than 24 h remain until outsiders notice, the pauses shrink: 0, 15 min, 1 h, 3 h, then
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

/// Less than this until outsiders notice, and the pauses are the short ones.
inline constexpr std::chrono::hours kUrgentWithin{24};

/// How far a plan has come. It begins when the incident opens, and anew when an acknowledgement ends without a solution.
struct Progress {
  Time begun;
  int steps = 0;  ///< taken so far
  Time last;      ///< when the last of them was planned (not when it was really taken: a late server does not shift the rest)
  bool operator==(const Progress&) const = default;
};

/// The moment of the step that comes next. There always is one.
[[nodiscard]] Time next_step(const Progress& progress, const std::optional<Time>& noticed_at) noexcept;

/// The progress after every step up to `now`; none when no step is due. Several at once (the server was down) are told as one: as the last
/// of them.
[[nodiscard]] std::optional<Progress> caught_up(Progress progress, const std::optional<Time>& noticed_at, Time now) noexcept;

/// Less than kUrgentWithin remains, or it is past.
[[nodiscard]] bool is_urgent(const std::optional<Time>& noticed_at, Time now) noexcept;

/// Why somebody is told.
enum class Role { steward, deputy, operators, owners };

struct Recipient {
  std::string address;
  Role role = Role::steward;
  bool operator==(const Recipient&) const = default;
};

/// Who is in charge where `named` was named: what it leaves open falls to the machine's steward and deputy, but for a network's matters.
[[nodiscard]] Stewardship or_machine(Stewardship named, const Stewardship& machine);

/// Who is told at `step`, each address once (compared without case), under the first role it stands in. Who is not set is left out; if that
/// leaves nobody, the next role that has somebody is told instead, so that step 0 without a steward reaches the deputy, else the operators,
/// else the owners.
///
/// Where a network is in charge and nobody is named, the matter is the network's own: its owners are told at every step, and operators only
/// where it has none. They see it in their list, and no tenant's mistake wakes them.
[[nodiscard]] std::vector<Recipient> told_at(int step, const Stewardship& in_charge, std::span<const std::string> operators,
                                             std::span<const std::string> owners);

/// Without a channel that takes it, a message is tried again after this; `attempts` so far, at least 1: 1, 5, 15 min, then hourly.
[[nodiscard]] Duration pause_after(int attempts) noexcept;

}  // namespace carillon::incidents
