#pragma once
// The tasks of a name and their times. Everything that depends on them (the next task, the current one, what people see) uses this table.
// Pure: takes and returns dates.

#include "certs/keeper/name_state.hpp"
#include "certs/keeper/schedule/queue.hpp"
#include "incidents/reminders.hpp"

#include <array>

namespace carillon::certs {

/// In order of priority if several are due.
enum class ErrandKind {
  swap_in_spare,  ///< switching to the spare
  look_back,      ///< the active certificate isn't valid yet, but an earlier one may be
  begin_renewal,
  advance,         ///< the next step of the current renewal or spare
  remind,          ///< of a manually renewed certificate
  report_expired,  ///< the served certificate has expired
  report_late,     ///< its renewal is late
  report_lacking,  ///< the certificate of a group lacks names, and no issuer may issue for all of them
  begin_spare,
  ask_window,        ///< query the issuer's renewal information
  check_permission,  ///< check its standing records in DNS
  look,              ///< check the served certificate from outside
};
inline constexpr std::size_t kErrandKinds = 12;

/// What a name's tasks depend on besides its own state.
struct Facts {
  Time now;
  bool automatic = false;                               ///< a configured issuer may issue for it; otherwise it is managed manually
  std::vector<std::string> other_issuers{};             ///< CAs that are as widely trusted as the first one that may issue for it
  bool has_standing_record = false;                     ///< its first issuer verifies it with a standing record (DNS-PERSIST-01)
  bool spare_possible = false;                          ///< another issuer may issue a second certificate that is as widely trusted
  int failures_before_next = 3;                         ///< KeeperSettings
  Duration longest_notice = incidents::kLongestNotice;  ///< the same
  Duration issuance = kShortestIssuance;                ///< how long a recent issuance took at its issuer
};

/// The current tasks of one name; recreate it if its state or a fact changes.
class Errands {
 public:
  Errands(const NameState& name, const Facts& facts);

  /// When this task is due; none: currently never.
  [[nodiscard]] std::optional<Time> due(ErrandKind kind) const noexcept { return due_[static_cast<std::size_t>(kind)]; }
  /// When the first of them is due, but not while another node is working on the name. Time::max(): never.
  [[nodiscard]] Time next() const noexcept;
  /// The same without tasks that the order budget may delay.
  [[nodiscard]] Time next_beside_order() const noexcept;
  /// The task that is due at `at`, if any; `beside_order`: something other than continuing the order, which is waiting for its turn.
  [[nodiscard]] std::optional<ErrandKind> first_due(Time at, bool beside_order = false) const noexcept;

 private:
  std::array<std::optional<Time>, kErrandKinds> due_;
  Time rest_until_;
};

/// The data about a name for the queue. `at_a_ca`: its issuer is an ACME CA.
[[nodiscard]] Plan plan_of(const NameState& name, const Facts& facts, bool at_a_ca);

/// When the renewal of the active certificate becomes late. The name must have a certificate.
[[nodiscard]] Time late_from(const NameState& name, Duration issuance = kShortestIssuance);
/// The next step.
[[nodiscard]] Step step_after(Step step) noexcept;

/// Two certificates whose expiry differs by less than this share of a lifetime count as expiring together: the same problem would prevent
/// both renewals.
inline constexpr int kApartShare = 6;

}  // namespace carillon::certs
