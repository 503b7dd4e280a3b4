#pragma once
// What of a configuration that was read again is in use, and what waits for a restart.

#include "app/configuration.hpp"

namespace carillon::app {

/// Keys whose values differ, in the order of the documentation; of a list, its own name ("certificates.issuers").
struct ConfigurationChanges {
  std::vector<std::string> applied;  ///< in use from now on
  std::vector<std::string> waiting;  ///< in use after a restart
};
[[nodiscard]] ConfigurationChanges changes_between(const Configuration& before, const Configuration& again);

/// Tells operators what a reload did: `running` is the configuration that the program started with, `before` the one it read last.
void log_reload(const Configuration& running, const Configuration& before, const Configuration& again);

}  // namespace carillon::app
