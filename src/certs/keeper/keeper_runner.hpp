#pragma once
// The keeper's threads: its steps block, so they never run on an event loop.

#include "certs/keeper/keeper.hpp"

namespace carillon::certs {

/// Owns its threads; stop() or destruction joins them after their current steps.
class KeeperRunner {
 public:
  KeeperRunner(Keeper& keeper, const Clock& clock, std::size_t threads);
  ~KeeperRunner();
  KeeperRunner(const KeeperRunner&) = delete;
  KeeperRunner& operator=(const KeeperRunner&) = delete;
  void start();
  void stop();

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;  ///< shared with a running notification, because the keeper calls it without a lock
};

}  // namespace carillon::certs
