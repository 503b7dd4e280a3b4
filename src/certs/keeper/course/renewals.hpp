#pragma once
// The course of a renewal: when it starts, which step is next, and the steps that don't need an external CA. Each step stores its result in
// one transaction and can be repeated after a crash at any point.

#include "certs/keeper/course/at_ca.hpp"
#include "certs/keeper/course/exports.hpp"
#include "certs/keeper/course/looks.hpp"
#include "certs/keeper/schedule/issuance_times.hpp"

namespace carillon::certs {

/// Any thread, but only one per name. Blocks.
class Renewals {
 public:
  struct Parts {
    const World& world;
    const KeeperSettings& settings;
    const Issuers& issuers;
    Inventory& inventory;
    const Attempts& attempts;
    Spares& spares;
    Members& members;
    Failures& failures;
    CourseAtCa& at_ca;
    Looks& looks;
    Exports& exports;
    IssuanceTimes& issuance_times;
  };
  explicit Renewals(const Parts& parts) : parts_{parts} {}

  void begin(NameState& name);
  /// Performs the next step of the current renewal.
  void advance(NameState& name);
  /// Opens the incident about a late renewal or an expired certificate.
  void report_late(NameState& name);

 private:
  [[nodiscard]] Time now() const { return parts_.world.clock.now(); }
  [[nodiscard]] std::optional<Time> capped(const NameState& name) const;
  void order(NameState& name);
  void issue_locally(NameState& name);
  /// Whether the CA is validating `host` for its other certificate.
  [[nodiscard]] bool is_being_validated(const std::string& host) const;
  void load(NameState& name);

  Parts parts_;
};

}  // namespace carillon::certs
