#pragma once
// Wrong clocks: differences between this machine's and an issuer's, certificates served before they are valid, and corrections after the
// clock was set back.

#include "acme/client.hpp"
#include "base/mutex.hpp"
#include "certs/keeper/course/attempts.hpp"
#include "certs/keeper/inventory.hpp"

namespace carillon::certs {

/// Smaller differences between our clock and an issuer's can be network delay and aren't reported.
inline constexpr std::chrono::minutes kClockNoticed{2};

/// The state of the issuers' clocks. Any thread; blocks.
class IssuerClocks {
 public:
  explicit IssuerClocks(const World& world) : world_{world} {}

  /// Reports that our clock and the issuer's differ, or that they agree again; returns how far the issuer's is ahead.
  Duration judge(const KeptName& row, const acme::Client& client);
  /// The same if the issuer's HTTPS certificate isn't valid by our clock, so that its Date isn't available.
  void suspect(const KeptName& row, const acme::Failure& failure);
  /// Reports `text` about them; "": they agree.
  void tell(const KeptName& row, const std::string& text);
  /// Our clock was set, so earlier reports may no longer apply.
  void forget();

 private:
  [[nodiscard]] bool is_told(const std::string& issuer, const std::string& text);

  World world_;
  Mutex writing_;  ///< one report at a time, so that the state in memory is the last one written
  Mutex mutex_;
  std::map<std::string, std::string, std::less<>> told_
      GUARDED_BY(mutex_);  ///< the last report about each issuer's clock; "": it agrees with ours
};

/// Corrects names that were affected by a wrong clock. Any thread, but only one per name; blocks.
class WrongDates {
 public:
  WrongDates(const World& world, const Issuers& issuers, Inventory& inventory, const Attempts& attempts)
      : world_{world}, issuers_{issuers}, inventory_{inventory}, attempts_{attempts} {}

  /// If the active certificate isn't valid yet, looks for an earlier one that is.
  void look_back(NameState& name);
  /// Called after the clock was set back and the database was corrected.
  void after_set_back(NameState& name);

 private:
  [[nodiscard]] Time now() const { return world_.clock.now(); }

  World world_;
  const Issuers& issuers_;
  Inventory& inventory_;
  const Attempts& attempts_;
};

}  // namespace carillon::certs
