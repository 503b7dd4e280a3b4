// See errands.hpp.

#include "certs/keeper/schedule/errands.hpp"

#include "certs/keeper/schedule/members.hpp"

#include <algorithm>

namespace carillon::certs {
namespace {

using std::chrono::hours;

/// Who chose to get a name's certificate by hand and hasn't is reminded after a day, then every week. Where that is so because no issuer
/// may issue for it, somebody has to know at once.
constexpr hours kFirstWithout{24};
constexpr hours kAgainWithout{24 * 7};
/// A name without a certificate is as urgent as one that ends in this time after it was added: new customers do not push aside what is
/// about to expire. One that has failed has nothing to lose and goes last: it must never delay another.
constexpr std::chrono::hours kUrgencyOfNew{72};
constexpr Time kUrgencyOfFailing = Time::max() - Duration{1};
/// Most clients don't need a new certificate with an RSA key if there is another one for the host.
constexpr std::chrono::hours kUrgencyOfRsaBeside{24 * 30};
/// CAs date a certificate back by up to an hour; one that is younger than this by its dates was made after the moment asked about.
constexpr hours kDatedBack{2};

using Due = std::optional<Time>;

/// When a spare is renewed: by its own dates, but half-way between two renewals of what is served if the two would end together.
Time spare_renewal(const Validity& spare, const Validity& served) {
  const auto usual = renewal_time({}, spare, {});
  const auto apart = spare.not_after > served.not_after ? spare.not_after - served.not_after : served.not_after - spare.not_after;
  const auto half_way = served.not_before + (renewal_time({}, served, {}) - served.not_before) / 2;
  if (apart >= served.lifetime() / kApartShare || spare.not_before + kDatedBack >= half_way) return usual;
  return std::min(usual, half_way);
}

Due swap_in_spare(const NameState& name, const Facts& facts) {
  const auto& row = name.row;
  if (!name.spare || row.step == Step::stored || row.step == Step::loaded || !name.spare->validity.holds(facts.now)) return {};
  if (name.spare->revoked) return {};
  if (!name.current) return row.current.empty() ? Due{} : Due{Time{}};
  // Clients that check no longer trust it, whatever its dates.
  if (name.current->revoked) return Time{};
  const auto& validity = name.current->validity;
  // What is not valid yet never stands before what is.
  if (validity.not_before > facts.now) return Time{};
  if (name.spare->validity.not_after <= validity.not_after) return {};
  // What is less widely trusted takes over only from what nobody trusts any more.
  if (name.spare->rank < name.current->rank) return validity.not_after;
  const auto due = emergency_from(validity);
  // The CA wanted it replaced long before its time (a revocation), and no issuer has given another.
  const bool revoked = row.window && row.window->certificate == name.current->ari_id &&
                       row.window->end + validity.lifetime() / kApartShare <= renewal_time({}, validity, {});
  return revoked && row.failures >= facts.failures_before_next ? std::min(due, row.window->end) : due;
}

Due look_back(const NameState& name, const Facts& facts) {
  if (!name.current || name.current->validity.not_before <= facts.now || name.looked_back) return {};
  return name.reported.again_from;
}

Due begin_renewal(const NameState& name, const Facts& facts) {
  // One that is served but not seen is no reason to put the next one off.
  if (!facts.automatic || (name.renewing() && name.row.step != Step::loaded)) return {};
  // A name of a group that has no certificate yet doesn't wait for the next renewal.
  return std::min(name.row.renew_at, lacking_due(name).value_or(Time::max()));
}

Due advance(const NameState& name, const Facts&) { return name.in_progress() ? Due{name.row.next_try} : Due{}; }

Due remind(const NameState& name, const Facts& facts) {
  const auto& row = name.row;
  // One that waits to be seen from outside ends all the same.
  if (facts.automatic || (name.in_progress() && row.step != Step::loaded)) return {};
  if (!name.current)
    return row.reminded ? *row.reminded + kAgainWithout : row.added + (row.name_options == kManualIssuer ? kFirstWithout : hours{0});
  return incidents::next_reminder(name.current->validity.not_before, name.current->validity.not_after, facts.now, row.reminded,
                                  facts.longest_notice);
}

Due report_expired(const NameState& name, const Facts&) {
  if (!name.current || name.reported.expired) return {};
  return std::max(name.current->validity.not_after, name.reported.again_from);
}

Due report_late(const NameState& name, const Facts& facts) {
  if (!name.current || name.reported.late || !facts.automatic) return {};
  return std::max(late_from(name, facts.issuance), name.reported.again_from);
}

Due report_lacking(const NameState& name, const Facts& facts) {
  if (!name.current || facts.automatic) return {};
  const auto hosts = lacking(name);
  const bool told = std::ranges::all_of(hosts, [&](const std::string& host) { return name.reported.lacking.contains(host); });
  return told ? Due{} : Due{name.reported.again_from};
}

Due begin_spare(const NameState& name, const Facts& facts) {
  if (name.in_group) return {};
  if (!name.current || name.row.step != Step::seen || name.current->validity.not_after <= facts.now || !facts.spare_possible) return {};
  const bool of_another = name.spare && name.spare->issuer != name.current->issuer;
  return std::max(name.row.spare_at, of_another ? spare_renewal(name.spare->validity, name.current->validity) : Time{});
}

Due ask_window(const NameState& name, const Facts& facts) {
  return name.current && facts.automatic && !name.renewing() ? name.window_poll.next : Due{};
}

Due check_permission(const NameState& name, const Facts& facts) {
  return (name.current || name.row.failures > 0) && facts.has_standing_record ? Due{name.next_permission_check} : Due{};
}

Due look(const NameState& name, const Facts&) { return name.current ? name.looks.next : Due{}; }

/// In the order of ErrandKind.
constexpr std::array<Due (*)(const NameState&, const Facts&), kErrandKinds> kRules{
    swap_in_spare, look_back,      begin_renewal, advance,    remind,           report_expired,
    report_late,   report_lacking, begin_spare,   ask_window, check_permission, look};

OrderKind order_kind(const NameState& name) { return replaces_predecessor(name, name.row.hosts()) ? OrderKind::renewal : OrderKind::fresh; }

/// A name without a certificate needn't wait for the room of one CA.
std::vector<std::string> other_issuers(const NameState& name, const Facts& facts) {
  if (name.current || name.row.for_spare || name.attempt.stays) return {};
  auto others = facts.other_issuers;
  std::erase(others, name.row.issuer);
  return others;
}

/// The group gets the certificate, and there's no other one to take care of.
bool waits_for_group(const NameState& name) { return name.in_group && !name.current; }

}  // namespace

Errands::Errands(const NameState& name, const Facts& facts) : rest_until_{name.rest_until} {
  if (waits_for_group(name)) return;
  for (std::size_t i = 0; i < kErrandKinds; ++i) due_[i] = kRules[i](name, facts);
}

Time Errands::next() const noexcept {
  auto next = next_beside_order();
  if (const auto order = due(ErrandKind::advance)) next = std::min(next, std::max(*order, rest_until_));
  return next;
}

Time Errands::next_beside_order() const noexcept {
  auto next = Time::max();
  for (std::size_t i = 0; i < kErrandKinds; ++i) {
    if (due_[i] && static_cast<ErrandKind>(i) != ErrandKind::advance) next = std::min(next, *due_[i]);
  }
  return std::max(next, rest_until_);
}

std::optional<ErrandKind> Errands::first_due(Time at, bool beside_order) const noexcept {
  for (std::size_t i = 0; i < kErrandKinds; ++i) {
    const auto kind = static_cast<ErrandKind>(i);
    if (due_[i] && *due_[i] <= at && !(beside_order && kind == ErrandKind::advance)) return kind;
  }
  return {};
}

Plan plan_of(const NameState& name, const Facts& facts, bool at_a_ca) {
  if (waits_for_group(name)) return {};
  const Errands errands{name, facts};
  const auto& row = name.row;
  Plan plan{.next = errands.next(), .beside_order = errands.next_beside_order()};
  plan.urgency = name.current        ? name.current->validity.not_after
                 : row.failures == 0 ? row.added + (row.is_rsa_beside() ? kUrgencyOfRsaBeside : kUrgencyOfNew)
                                     : kUrgencyOfFailing;
  // A spare waits for everybody who has nothing yet, or soon has not; and so for names that keep failing, too.
  if (row.for_spare && row.renew_at > facts.now) plan.urgency = Time::max();
  if (name.in_progress() && row.step != Step::loaded) plan.issuer = row.issuer;
  plan.renewal = errands.due(ErrandKind::begin_renewal).value_or(Time::max());
  if (row.step == Step::due && !name.attempt.admitted && at_a_ca)
    plan.order = {.issuer = row.issuer, .kind = order_kind(name), .due = row.next_try, .others = other_issuers(name, facts)};
  return plan;
}

Time late_from(const NameState& name, Duration issuance) {
  // From what the certificate itself says: a renewal that is put off again and again is no less late for it.
  const auto& current = *name.current;
  return late_after(renewal_time(current.ari_id, current.validity, name.row.window, issuance), current.validity);
}

Step step_after(Step step) noexcept {
  switch (step) {
    case Step::due:
      return Step::ordered;
    case Step::ordered:
      return Step::validated;
    case Step::validated:
      return Step::issued;
    case Step::issued:
      return Step::stored;
    case Step::stored:
      return Step::loaded;
    case Step::none:
    case Step::loaded:
    case Step::seen:
      break;
  }
  return Step::seen;
}

}  // namespace carillon::certs
