#pragma once
// Pings the configured heartbeat URL (a dead man's switch) as long as the keeper works.

#include "app/configuration.hpp"
#include "certs/keeper/keeper.hpp"
#include "jobs/repeater.hpp"
#include "notify/heartbeat.hpp"

namespace carillon::app {

/// From the main thread.
class LifeSign {
 public:
  /// Without `heartbeat` in the configuration it does nothing. The arguments must outlive it.
  LifeSign(const Configuration& configuration, const certs::Keeper& keeper, http::Outgoing& outgoing, const Clock& clock);

  void start();
  void stop();

 private:
  void beat();

  const certs::Keeper& keeper_;
  std::optional<notify::Heartbeat> heartbeat_;
  std::optional<Time> beaten_;  ///< only used by the round's thread
  jobs::Repeater round_;
};

}  // namespace carillon::app
