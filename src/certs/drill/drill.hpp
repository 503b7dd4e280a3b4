#pragma once
// Rehearses a failure: the production keeper and incidents with a test name, in a simulated world with an adjustable clock. They behave as
// they would in reality.

#include "certs/keeper/keeper.hpp"

#include <array>
#include <filesystem>

namespace carillon::certs {

inline constexpr std::array<std::string_view, 6> kDrillScenarios{"expired",   "revoked",    "issuer-down",
                                                                 "wrong-key", "clock-skew", "nobody-reads-mail"};

/// An event, in simulated time.
struct DrillEvent {
  Duration after{};    ///< since the start of the drill
  std::string what;    ///< a step of `cert history`, "told", "the CA goes away", …
  std::string detail;  ///< for people; for "told": who was notified and why
};

struct DrillReport {
  std::string id;
  std::string scenario;
  std::string name;  ///< the test name; its history is kept under it
  std::vector<DrillEvent> events;
  bool passed = false;
  std::string verdict;       ///< one sentence
  Duration took_in_world{};  ///< simulated duration
  Duration took{};           ///< real duration
};

struct DrillParts {
  db::Database& database;  ///< stores the history of the test name
  const Clock& clock;
  Random& random;
  incidents::People& people;
  incidents::Stewardship in_charge;  ///< who would get the reminders
  std::filesystem::path scratch;     ///< a folder for the simulation's database; emptied afterwards
};

/// Blocks for some seconds. `invalid` for an unknown scenario. Doesn't send any messages.
[[nodiscard]] Result<DrillReport> run_drill(const std::string& scenario, const DrillParts& parts);

}  // namespace carillon::certs
