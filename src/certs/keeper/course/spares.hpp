#pragma once
// The spare: a second certificate for a name, from another issuer, ready in case the active one expires or must be replaced and no CA
// responds. It goes through the steps of a renewal up to `stored`, and never delays the active certificate.

#include "certs/keeper/course/attempts.hpp"
#include "certs/keeper/inventory.hpp"

namespace carillon::certs {

/// Which of `candidates` may issue a spare, in order: a different issuer that is as widely trusted as the active certificate's.
[[nodiscard]] std::vector<std::string> spare_issuers(const Issuers& issuers, const NameState& name, std::vector<std::string> candidates);

/// Any thread, but only one per name. Blocks.
class Spares {
 public:
  Spares(const World& world, const KeeperSettings& settings, const Issuers& issuers, Inventory& inventory, const Attempts& attempts)
      : world_{world}, settings_{settings}, issuers_{issuers}, inventory_{inventory}, attempts_{attempts} {}

  void begin(NameState& name);
  /// Stores the issued spare.
  void keep(NameState& name, const StoredCertificate& certificate);
  /// Records a failure of its issuer, and reports it if it persists.
  void failed(NameState& name, const std::string& what, const acme::Failure& failure, Keep keep);
  /// Ends its steps, with or without a spare.
  void leave(KeptName& row) const;
  /// Switches to the spare; false if that isn't possible now.
  bool swap_in(NameState& name, const std::string& why);

 private:
  [[nodiscard]] Time now() const { return world_.clock.now(); }

  World world_;
  const KeeperSettings& settings_;
  const Issuers& issuers_;
  Inventory& inventory_;
  const Attempts& attempts_;
};

}  // namespace carillon::certs
