#pragma once
// What follows from a step that failed.

#include "certs/keeper/course/spares.hpp"

namespace carillon::certs {

/// Any thread, each name by one at a time. Blocks.
class Failures {
 public:
  Failures(const World& world, const KeeperSettings& settings, const Issuers& issuers, Inventory& inventory, const Attempts& attempts,
           Spares& spares)
      : world_{world}, settings_{settings}, issuers_{issuers}, inventory_{inventory}, attempts_{attempts}, spares_{spares} {}

  /// Notes a failure, decides when and with whom to go on, and tells the steward where it endangers something.
  void failed(NameState& name, const std::string& what, const acme::Failure& failure, Keep keep);

 private:
  [[nodiscard]] Time now() const { return world_.clock.now(); }

  World world_;
  const KeeperSettings& settings_;
  const Issuers& issuers_;
  Inventory& inventory_;
  const Attempts& attempts_;
  Spares& spares_;
};

}  // namespace carillon::certs
