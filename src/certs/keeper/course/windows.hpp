#pragma once
// The CA's renewal information (RFC 9773): when it suggests replacing a certificate.

#include "certs/keeper/clocks.hpp"
#include "certs/keeper/inventory.hpp"
#include "certs/keeper/schedule/issuance_times.hpp"

namespace carillon::certs {

/// Any thread, but only one per name. Blocks.
class RenewalWindows {
 public:
  RenewalWindows(const World& world, Issuers& issuers, const IssuanceTimes& issuance_times, Inventory& inventory, IssuerClocks& clocks,
                 SharedRandom& random)
      : world_{world}, issuers_{issuers}, issuance_times_{issuance_times}, inventory_{inventory}, clocks_{clocks}, random_{random} {}

  void ask(NameState& name);

 private:
  World world_;
  Issuers& issuers_;
  const IssuanceTimes& issuance_times_;
  Inventory& inventory_;
  IssuerClocks& clocks_;
  SharedRandom& random_;
};

}  // namespace carillon::certs
