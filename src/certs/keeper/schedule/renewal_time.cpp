// See renewal_time.hpp.

#include "certs/keeper/schedule/renewal_time.hpp"

#include <algorithm>
#include <cmath>

namespace carillon::certs {
namespace {

constexpr int kEmergencyShare = 20;

}  // namespace

Time renewal_time(const std::string& identifier, const Validity& validity, const std::optional<RenewalWindow>& window) {
  const auto lifetime = validity.lifetime();
  const auto usual = validity.not_after - (lifetime < kShortLived ? lifetime / 2 : lifetime / 3);
  // An answer about another certificate is worse than none: such a stale window once made a well-known tool issue five certificates in ten
  // seconds.
  if (!window || identifier.empty() || window->certificate != identifier) return usual;
  const auto length = static_cast<double>((window->end - window->start).count());
  const auto drawn = window->start + Duration{static_cast<Duration::rep>(std::floor(length * std::clamp(window->draw, 0.0, 1.0)))};
  return std::min(drawn, emergency_from(validity));
}

Time emergency_from(const Validity& validity) noexcept { return validity.not_after - validity.lifetime() / kEmergencyShare; }

Time late_after(Time due, const Validity& validity) noexcept {
  return due >= validity.not_after ? validity.not_after : due + (validity.not_after - due) / 2;
}

}  // namespace carillon::certs
