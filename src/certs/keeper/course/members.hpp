#pragma once
// Groups: which names an order is placed without, and when they are included again.

#include "certs/keeper/course/attempts.hpp"
#include "certs/keeper/inventory.hpp"
#include "certs/keeper/issuers.hpp"

namespace carillon::certs {

/// This many consecutive failures of a name that the active certificate includes hold up the others, because the next certificate lacks the
/// name and a single failure may be a network glitch. Names that the active certificate lacks anyway are left out immediately.
inline constexpr int kFailuresBeforeLeftOut = 3;

/// Any thread, but only one per name. Blocks.
class Members {
 public:
  Members(const World& world, const KeeperSettings& settings, const Issuers& issuers, Inventory& inventory, const Attempts& attempts,
          Solvers& solvers)
      : world_{world}, settings_{settings}, issuers_{issuers}, inventory_{inventory}, attempts_{attempts}, solvers_{solvers} {}

  /// Checks those left-out names whose next check is due, so that the next order includes those that can be verified again. Returns whether
  /// an order is worthwhile just for names that the active certificate lacks. Doesn't write.
  [[nodiscard]] bool readmit(NameState& name);
  /// Delays the next order for names that the active certificate lacks. Doesn't write.
  void postpone(NameState& name, Time until) const;
  /// Handles the failure of some of the names in the order, if the order can be placed again without them at once: they are left out, and
  /// their incidents are opened. False: nothing was written, and the whole order has failed.
  [[nodiscard]] bool leave_out(NameState& name, const std::string& what, const acme::Failure& failure);
  /// Opens the incidents of the names that the active certificate of a group lacks, because no issuer may issue one that includes them;
  /// `why`: the reason, as a sentence.
  void report_lacking(NameState& name, const std::string& why) const;
  /// Forgets the failures of the names in the new certificate. Doesn't write.
  static void include(KeptName& row, const StoredCertificate& certificate);

 private:
  [[nodiscard]] Time now() const { return world_.clock.now(); }
  [[nodiscard]] bool can_be_verified(const NameState& name, const std::string& host);
  [[nodiscard]] Duration check_pause(const NameState& name) const;

  World world_;
  const KeeperSettings& settings_;
  const Issuers& issuers_;
  Inventory& inventory_;
  const Attempts& attempts_;
  Solvers& solvers_;
};

}  // namespace carillon::certs
