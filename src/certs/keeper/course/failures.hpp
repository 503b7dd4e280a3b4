#pragma once
// Handling of failed steps.

#include "certs/keeper/course/members.hpp"
#include "certs/keeper/course/spares.hpp"

namespace carillon::certs {

/// Any thread, but only one per name. Blocks.
class Failures {
 public:
  Failures(const World& world, const KeeperSettings& settings, Issuers& issuers, Inventory& inventory, const Attempts& attempts,
           Spares& spares, Members& members)
      : world_{world},
        settings_{settings},
        issuers_{issuers},
        inventory_{inventory},
        attempts_{attempts},
        spares_{spares},
        members_{members} {}

  /// Records a failure, decides when and with which issuer to continue, and notifies the steward if a certificate is at risk.
  void failed(NameState& name, const std::string& what, const acme::Failure& failure, Keep keep);

 private:
  [[nodiscard]] Time now() const { return world_.clock.now(); }

  World world_;
  const KeeperSettings& settings_;
  Issuers& issuers_;
  Inventory& inventory_;
  const Attempts& attempts_;
  Spares& spares_;
  Members& members_;
};

}  // namespace carillon::certs
