#pragma once
// The spare: a second certificate for a name, from another issuer, kept ready for the day on which what is served ends or has to go and no
// CA answers. It is made by the steps of a renewal, ends at `stored`, and never holds up what is served.

#include "certs/keeper/course/attempts.hpp"
#include "certs/keeper/inventory.hpp"

namespace carillon::certs {

/// Who of `candidates` may issue a spare, in order: trusted as widely as what is in force, and another issuer.
[[nodiscard]] std::vector<std::string> spare_issuers(const Issuers& issuers, const NameState& name, std::vector<std::string> candidates);

/// Any thread, each name by one at a time. Blocks.
class Spares {
 public:
  Spares(const World& world, const KeeperSettings& settings, const Issuers& issuers, Inventory& inventory, const Attempts& attempts)
      : world_{world}, settings_{settings}, issuers_{issuers}, inventory_{inventory}, attempts_{attempts} {}

  void begin(NameState& name);
  /// It has come.
  void keep(NameState& name, const StoredCertificate& certificate);
  /// Notes a failure of its issuer, and tells of it once that lasts.
  void failed(NameState& name, const std::string& what, const acme::Failure& failure, Keep keep);
  /// Its steps end here, with it or without.
  void leave(KeptName& row) const;
  /// It takes over; false: not now.
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
