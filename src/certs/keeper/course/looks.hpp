#pragma once
// Checks from outside: the last step of a renewal, and regular checks of the served certificates.

#include "base/mutex.hpp"
#include "certs/keeper/inventory.hpp"

#include <map>

namespace carillon::certs {

/// Any thread, but only one per name. Blocks.
class Looks {
 public:
  Looks(const World& world, const KeeperSettings& settings, Inventory& inventory)
      : world_{world}, settings_{settings}, inventory_{inventory} {}

  /// The renewal step after `loaded`; complete when every address serves the new certificate.
  void confirm(NameState& name);
  /// Checks whether the right certificate is still served.
  void look(NameState& name);
  /// Sets the hosts that are used to verify wildcards, by wildcard.
  void set_hosts(std::map<std::string, std::string> hosts);

 private:
  [[nodiscard]] Time now() const { return world_.clock.now(); }
  /// Checks all names in the active certificate; the result is whether every address of a name serves it.
  [[nodiscard]] std::map<std::string, bool> look_everywhere(NameState& name);
  [[nodiscard]] std::vector<AddressSeen> look_at(const NameState& name, const std::string& host);
  /// The host to check: the name itself, or one that the wildcard covers.
  [[nodiscard]] std::string host_to_check(const std::string& name) const;
  /// Where it was seen, for the history.
  [[nodiscard]] std::string places_of(const NameState& name, const std::map<std::string, bool>& good) const;
  [[nodiscard]] Duration pause(const NameState& name) const;
  void report(NameState& name, const std::string& host);
  void solve(NameState& name, const std::string& host);

  World world_;
  const KeeperSettings& settings_;
  Inventory& inventory_;
  mutable Mutex mutex_;
  std::map<std::string, std::string> hosts_ GUARDED_BY(mutex_);
};

}  // namespace carillon::certs
