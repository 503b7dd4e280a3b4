#pragma once
// The dead-man's switch of the configuration, as long as the keeper works.

#include "app/configuration.hpp"
#include "certs/keeper/keeper.hpp"
#include "jobs/repeater.hpp"
#include "notify/heartbeat.hpp"

namespace carillon::app {

/// From the main thread.
class LifeSign {
 public:
  /// Without `heartbeat` in the configuration it does nothing. All must live longer.
  LifeSign(const Configuration& configuration, const certs::Keeper& keeper, http::Outgoing& outgoing, const Clock& clock);

  void start();
  void stop();

 private:
  void beat();

  const certs::Keeper& keeper_;
  std::optional<notify::Heartbeat> heartbeat_;
  std::optional<Time> beaten_;  ///< of the round's thread alone
  jobs::Repeater round_;
};

}  // namespace carillon::app
