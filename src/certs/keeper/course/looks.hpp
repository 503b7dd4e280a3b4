#pragma once
// Looking from outside: the last step of a renewal, and the watch over what is served.

#include "certs/keeper/inventory.hpp"

namespace carillon::certs {

/// Any thread, each name by one at a time. Blocks.
class Looks {
 public:
  Looks(const World& world, const KeeperSettings& settings, Inventory& inventory)
      : world_{world}, settings_{settings}, inventory_{inventory} {}

  /// The step of a renewal after `loaded`: over when every address serves the new certificate.
  void confirm(NameState& name);
  /// Whether what is served is still what should be.
  void look(NameState& name);

 private:
  [[nodiscard]] Time now() const { return world_.clock.now(); }
  [[nodiscard]] bool seen_everywhere(NameState& name);
  [[nodiscard]] Duration pause(const NameState& name) const;
  void report(NameState& name);
  void solve(NameState& name);

  World world_;
  const KeeperSettings& settings_;
  Inventory& inventory_;
};

}  // namespace carillon::certs
