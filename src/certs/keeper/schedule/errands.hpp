#pragma once
// What is to be done for a name, and when. Everything that depends on it - what comes next, what is done now, what people see of it - is
// read from this one table. Pure: dates come in, dates come out.

#include "certs/keeper/name_state.hpp"
#include "certs/keeper/schedule/queue.hpp"
#include "incidents/reminders.hpp"

#include <array>

namespace carillon::certs {

/// In the order in which they are done when several are due.
enum class ErrandKind {
  swap_in_spare,  ///< switching to the spare
  look_back,      ///< what is in force is not valid yet: an earlier certificate may be
  begin_renewal,
  advance,         ///< the next step of the renewal or the spare under way
  remind,          ///< of a certificate that a person renews
  report_expired,  ///< what is served has ended
  report_late,     ///< its renewal is late
  begin_spare,
  ask_window,  ///< the issuer is asked when to renew
  look,        ///< what is served is looked at from outside
};
inline constexpr std::size_t kErrandKinds = 10;

/// What a name's errands depend on besides its own state.
struct Facts {
  Time now;
  bool automatic = false;                               ///< some configured issuer may issue for it; otherwise a person has to
  bool spare_possible = false;                          ///< another issuer may issue a second certificate that is trusted as widely
  int failures_before_next = 3;                         ///< KeeperSettings
  Duration longest_notice = incidents::kLongestNotice;  ///< the same
  Duration issuance = kShortestIssuance;                ///< how long one lately took at its issuer
};

/// The errands of one name as things are; to be made again whenever its state or a fact changes.
class Errands {
 public:
  Errands(const NameState& name, const Facts& facts);

  /// When this is to be done; none: not as things are.
  [[nodiscard]] std::optional<Time> due(ErrandKind kind) const noexcept { return due_[static_cast<std::size_t>(kind)]; }
  /// When the first of them is due, but not while another node works on the name. Time::max(): never.
  [[nodiscard]] Time next() const noexcept;
  /// The same without what an account's order budget may hold up.
  [[nodiscard]] Time next_beside_order() const noexcept;
  /// What is to be done at `at`, if anything; `beside_order`: something else than going on with the order, which waits for its turn.
  [[nodiscard]] std::optional<ErrandKind> first_due(Time at, bool beside_order = false) const noexcept;

 private:
  std::array<std::optional<Time>, kErrandKinds> due_;
  Time rest_until_;
};

/// What the queue has to know of a name. `at_a_ca`: its issuer is one that takes orders.
[[nodiscard]] Plan plan_of(const NameState& name, const Facts& facts, bool at_a_ca);

/// From when on the renewal of what is in force is late. The name has a certificate.
[[nodiscard]] Time late_from(const NameState& name, Duration issuance = kShortestIssuance);
/// Which step comes after this one.
[[nodiscard]] Step step_after(Step step) noexcept;

/// Two certificates that end closer together than this share of a lifetime end together: whatever keeps one from being renewed keeps the
/// other, too.
inline constexpr int kApartShare = 6;

}  // namespace carillon::certs
