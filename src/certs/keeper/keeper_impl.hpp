#pragma once
// The implementation of the keeper. Only for certs/keeper.

#include "certs/keeper/by_hand.hpp"
#include "certs/keeper/course/exports.hpp"
#include "certs/keeper/course/permissions.hpp"
#include "certs/keeper/course/renewals.hpp"
#include "certs/keeper/course/revoked.hpp"
#include "certs/keeper/course/windows.hpp"
#include "certs/keeper/schedule/errands.hpp"
#include "certs/keeper/schedule/issuance_times.hpp"

#include <set>

namespace carillon::certs {

struct Keeper::Impl {
  Impl(const World& world_, KeeperSettings settings_);

  [[nodiscard]] Facts facts_of(const NameState& entry) const;
  /// The names with an incident from an earlier process that their certificate isn't served.
  [[nodiscard]] std::set<std::string> open_not_seen() const;
  /// The name itself, or the group that it is in.
  [[nodiscard]] std::string kept_as(const std::string& name) const;
  /// The members of a group; none for a single name. The errors are those of Keeper::keep().
  [[nodiscard]] Result<std::vector<Member>> members_of(const NameOptions& options) const;
  /// Records which names were added to a group and removed from it, and resolves the incidents of those.
  void note_members(const NameState& before, const KeptName& after);
  /// Removes the records of names that a group has taken over: its certificate is valid, includes them and is served. Call it by the holder
  /// of the group's claim; waits until the names are free.
  void take_over_names(const NameState& group);
  /// A certificate with an RSA key is managed beside that of `host` from now on: if that has an RSA key, too, it is renewed with another
  /// kind.
  void replace_rsa_key(const std::string& host);
  struct Leaving {
    std::string successor{};         ///< the group that takes the name over
    bool keep_certificates = false;  ///< of a group, because some of its names are served with them until they have new ones
  };
  /// Like Keeper::forget().
  Result<> forget(const std::string& name, const Leaving& leaving);
  /// Opens these incidents (kNotManaged), by subject, and resolves all others of this kind.
  void tell_of_not_managed(const std::map<std::string, incidents::Report>& reports);
  [[nodiscard]] Plan plan_of(const NameState& entry) const;
  /// Performs the next due task, if any; `beside_order`: but doesn't continue the order.
  void act(NameState& entry, bool beside_order = false);
  void run(NameState& entry, ErrandKind errand);

  World world;
  KeeperSettings settings;
  SharedRandom random;
  Issuers issuers;
  IssuanceTimes issuance_times;
  Solvers solvers;
  Names names;
  Inventory inventory;
  IssuerClocks clocks;
  Attempts attempts;
  WrongDates wrong_dates;
  Spares spares;
  Members members;
  Failures failures;
  CourseAtCa at_ca;
  Looks looks;
  Exports exports;
  RenewalWindows windows;
  Permissions permissions;
  Renewals renewals;
  ByHand by_hand;
  Revoked revoked;
};

}  // namespace carillon::certs
