#pragma once
// The standing records of DNS-PERSIST-01: what a CA expects in them, and daily checks that they are there and don't end soon.

#include "certs/keeper/inventory.hpp"
#include "certs/keeper/issuers.hpp"

namespace carillon::certs {

/// What `client`'s CA must find for `name`. `issuers` are the CA's domain names; `hashed`: the CA wants draft 02's `accounturi`.
[[nodiscard]] StandingPermission permission_for(const std::string& name, acme::Client& client, std::vector<std::string> issuers,
                                                bool hashed);

/// Any thread, but only one per name. Blocks.
class Permissions {
 public:
  Permissions(const World& world, const KeeperSettings& settings, Issuers& issuers, Solvers& solvers, Inventory& inventory)
      : world_{world}, settings_{settings}, issuers_{issuers}, solvers_{solvers}, inventory_{inventory} {}

  /// Opens and resolves the incidents about the records of the name's hosts. If one was missing and all are there now, an attempt that has
  /// failed continues.
  void check(NameState& name);

 private:
  World world_;
  const KeeperSettings& settings_;
  Issuers& issuers_;
  Solvers& solvers_;
  Inventory& inventory_;
};

}  // namespace carillon::certs
