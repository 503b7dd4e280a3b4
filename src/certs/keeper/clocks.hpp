#pragma once
// Clocks that are wrong: this machine's against an issuer's, what is served before it is valid, and what is to be put right after the clock
// was set back.

#include "acme/client.hpp"
#include "base/mutex.hpp"
#include "certs/keeper/course/attempts.hpp"
#include "certs/keeper/inventory.hpp"

namespace carillon::certs {

/// A difference between our clock and an issuer's up to this is the way the answer took, and goes without saying.
inline constexpr std::chrono::minutes kClockNoticed{2};

/// What is known of the issuers' clocks. Any thread; blocks.
class IssuerClocks {
 public:
  explicit IssuerClocks(const World& world) : world_{world} {}

  /// Tells that our clock and the issuer's differ, or that they agree again; answers how far the issuer's is ahead.
  Duration judge(const KeptName& row, const acme::Client& client);
  /// The same where its own certificate is not valid by our clock, so that its Date cannot be had.
  void suspect(const KeptName& row, const acme::Failure& failure);
  /// Tells `text` of them; "": they agree.
  void tell(const KeptName& row, const std::string& text);
  /// Our clock was set: whatever was told may be over.
  void forget();

 private:
  [[nodiscard]] bool is_told(const std::string& issuer, const std::string& text);

  World world_;
  Mutex writing_;  ///< one telling at a time: what is remembered is what was written last
  Mutex mutex_;
  std::map<std::string, std::string, std::less<>> told_
      GUARDED_BY(mutex_);  ///< what was told last of each issuer's clock; "": it agrees with ours
};

/// Names whose dates a wrong clock has touched. Any thread, each name by one at a time; blocks.
class WrongDates {
 public:
  WrongDates(const World& world, const Issuers& issuers, Inventory& inventory, const Attempts& attempts)
      : world_{world}, issuers_{issuers}, inventory_{inventory}, attempts_{attempts} {}

  /// What is in force is not valid yet: looks for an earlier certificate that is.
  void look_back(NameState& name);
  /// The clock was set back, and the database was put right.
  void after_set_back(NameState& name);

 private:
  [[nodiscard]] Time now() const { return world_.clock.now(); }

  World world_;
  const Issuers& issuers_;
  Inventory& inventory_;
  const Attempts& attempts_;
};

}  // namespace carillon::certs
