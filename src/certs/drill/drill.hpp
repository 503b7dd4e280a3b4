#pragma once
// Rehearsing a failure: the production keeper and the production incidents on a scratch name, in a world of their own whose clock can be
// turned. What it does there it would do here.

#include "certs/keeper/keeper.hpp"

#include <array>
#include <filesystem>

namespace carillon::certs {

inline constexpr std::array<std::string_view, 6> kDrillScenarios{"expired",   "revoked",    "issuer-down",
                                                                 "wrong-key", "clock-skew", "nobody-reads-mail"};

/// One thing that happened, in the drill's own time.
struct DrillEvent {
  Duration after{};    ///< since the beginning of the drill
  std::string what;    ///< a step of `cert history`, "told", "the CA goes away", …
  std::string detail;  ///< for people; of "told": to whom and why
};

struct DrillReport {
  std::string id;
  std::string scenario;
  std::string name;  ///< the scratch name; its history stays under it
  std::vector<DrillEvent> events;
  bool passed = false;
  std::string verdict;       ///< one sentence
  Duration took_in_world{};  ///< how much time passed there
  Duration took{};           ///< and how much here
};

struct DrillParts {
  db::Database& database;  ///< where the history of the scratch name goes
  const Clock& clock;
  Random& random;
  incidents::People& people;
  incidents::Stewardship in_charge;  ///< whom the reminders would reach
  std::filesystem::path scratch;     ///< a folder for the world's own database; emptied afterwards
};

/// Blocks, for some seconds. `invalid` for an unknown scenario. Sends nothing to anybody.
[[nodiscard]] Result<DrillReport> run_drill(const std::string& scenario, const DrillParts& parts);

}  // namespace carillon::certs
