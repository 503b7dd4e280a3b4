#pragma once
// Acts on revocations by CAs: replaces active certificates and reports an incident, and replaces spares.

#include "certs/keeper/inventory.hpp"
#include "certs/keeper/names.hpp"

namespace carillon::certs {

/// One caller at a time. Blocks.
class Revoked {
 public:
  Revoked(const World& world, const KeeperSettings& settings, const Issuers& issuers, Names& names, Inventory& inventory)
      : world_{world}, settings_{settings}, issuers_{issuers}, names_{names}, inventory_{inventory} {}

  /// See Keeper::follow_revocations.
  void follow();

 private:
  [[nodiscard]] Time now() const { return world_.clock.now(); }
  void want_checks();
  void compare(NameState& name);
  void note_current(NameState& name, const Revocation& found);
  void note_spare(NameState& name, const Revocation& found);
  void note_restored(NameState& name);

  World world_;
  const KeeperSettings& settings_;
  const Issuers& issuers_;
  Names& names_;
  Inventory& inventory_;
};

}  // namespace carillon::certs
