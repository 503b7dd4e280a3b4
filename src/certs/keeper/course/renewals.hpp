#pragma once
// The course of a renewal: when it begins, which step comes next, and the steps that need no CA out there. Each step writes what came of it
// in one transaction and can be begun again after a crash at any point.

#include "certs/keeper/course/at_ca.hpp"
#include "certs/keeper/course/exports.hpp"
#include "certs/keeper/course/looks.hpp"
#include "certs/keeper/schedule/issuance_times.hpp"

namespace carillon::certs {

/// Any thread, each name by one at a time. Blocks.
class Renewals {
 public:
  struct Parts {
    const World& world;
    const KeeperSettings& settings;
    const Issuers& issuers;
    Inventory& inventory;
    const Attempts& attempts;
    Spares& spares;
    Failures& failures;
    CourseAtCa& at_ca;
    Looks& looks;
    Exports& exports;
    IssuanceTimes& issuance_times;
  };
  explicit Renewals(const Parts& parts) : parts_{parts} {}

  void begin(NameState& name);
  /// The next step of what is under way.
  void advance(NameState& name);
  /// Opens the incident about a renewal that is late, or a certificate that has ended.
  void report_late(NameState& name);

 private:
  [[nodiscard]] Time now() const { return parts_.world.clock.now(); }
  [[nodiscard]] std::optional<Time> capped(const NameState& name) const;
  void order(NameState& name);
  void issue_locally(NameState& name);
  void load(NameState& name);

  Parts parts_;
};

}  // namespace carillon::certs
