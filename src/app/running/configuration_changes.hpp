#pragma once
// Which changes of a reloaded configuration are active, and which need a restart.

#include "app/configuration.hpp"

namespace carillon::app {

/// Keys whose values differ, in the order of the documentation; for a list, its name ("certificates.issuers").
struct ConfigurationChanges {
  std::vector<std::string> applied;  ///< active now
  std::vector<std::string> waiting;  ///< active after a restart
};
[[nodiscard]] ConfigurationChanges changes_between(const Configuration& before, const Configuration& again);

/// Logs the effect of a reload: `running` is the configuration at startup, `before` the last one that was read.
void log_reload(const Configuration& running, const Configuration& before, const Configuration& again);

}  // namespace carillon::app
