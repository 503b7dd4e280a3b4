// See renewal_time.hpp.

#include "certs/keeper/schedule/renewal_time.hpp"

#include <algorithm>
#include <cmath>

namespace carillon::certs {
namespace {

constexpr int kEmergencyShare = 20;
/// One that fails, one that is slow, and one that succeeds.
constexpr int kIssuancesInReserve = 3;

Duration usual_notice(Duration lifetime) noexcept { return lifetime < kShortLived ? lifetime / 2 : lifetime / 3; }

}  // namespace

Duration reserve_of(const Validity& validity, Duration issuance) noexcept {
  const auto lifetime = validity.lifetime();
  const auto needed = std::max<Duration>(issuance, kShortestIssuance) * kIssuancesInReserve;
  return std::min(std::max(lifetime / kEmergencyShare, needed), usual_notice(lifetime));
}

Time renewal_time(const std::string& identifier, const Validity& validity, const std::optional<RenewalWindow>& window, Duration issuance) {
  const auto usual = validity.not_after - usual_notice(validity.lifetime());
  // An answer about another certificate is worse than none: such a stale window once made a well-known tool issue five certificates in ten
  // seconds.
  if (!window || identifier.empty() || window->certificate != identifier) return usual;
  const auto latest = validity.not_after - reserve_of(validity, issuance);
  // Cut, not clamped: a thousand certificates whose windows reach into the reserve must not all be due at its beginning.
  if (window->start >= latest) return latest;
  const auto length = static_cast<double>((std::min(window->end, latest) - window->start).count());
  return window->start + Duration{static_cast<Duration::rep>(std::floor(length * std::clamp(window->draw, 0.0, 1.0)))};
}

Time emergency_from(const Validity& validity) noexcept { return validity.not_after - validity.lifetime() / kEmergencyShare; }

Time late_after(Time due, const Validity& validity) noexcept {
  return due >= validity.not_after ? validity.not_after : due + (validity.not_after - due) / 2;
}

}  // namespace carillon::certs
