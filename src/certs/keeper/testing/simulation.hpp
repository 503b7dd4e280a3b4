#pragma once
// Years in fast motion: two production keepers on one database, with simulated transport, clock and DNS, two CAs, a script of what goes
// wrong, and a judge.

#include "certs/keeper/testing/simulation_judge.hpp"

namespace carillon::certs::testing {

struct SimulationSettings {
  std::uint64_t seed = 1;
  std::size_t names = 60;
  Duration length = std::chrono::days{120};
  Duration look_every = std::chrono::hours{6};
  std::vector<Happening> script;
  /// How many of a hundred names have each of the profiles: 6 days (160 hours, as Let's Encrypt has them), 45, 90 and 200 days.
  std::array<int, 4> mix{25, 25, 25, 25};
  std::function<void(const std::string& line)> progress;  ///< now and then; may be empty
};

struct SimulationReport {
  std::vector<Violation> violations;
  SimulationJudge::Counts counts;
  std::vector<SimulatedProfile> profiles;
  std::vector<std::optional<Duration>> least_left;  ///< per profile
  Duration simulated{};
  double cpu_seconds = 0;
  [[nodiscard]] std::string text() const;  ///< some lines for people, the violations first
};

/// Runs to the end, or until there are so many violations that more would say nothing. One thread; std::runtime_error when the world cannot
/// be set up.
[[nodiscard]] SimulationReport simulate(const SimulationSettings& settings);

/// Lifetimes and names of the profiles.
[[nodiscard]] std::vector<SimulatedProfile> simulated_profiles();

}  // namespace carillon::certs::testing
