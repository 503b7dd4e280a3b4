#pragma once
// When a certificate is due for renewal. Pure: no clock, no network, so that a test can run a year of decisions in a second.

#include "base/time.hpp"

#include <optional>
#include <string>

namespace carillon::certs {

/// The validity period in a certificate.
struct Validity {
  Time not_before;
  Time not_after;
  [[nodiscard]] Duration lifetime() const noexcept { return not_after - not_before; }
  [[nodiscard]] bool holds(Time at) const noexcept { return not_before <= at && at < not_after; }
};

/// The CA's own suggestion for one certificate (RFC 9773 §4.2), with the randomly drawn time in it.
struct RenewalWindow {
  std::string certificate;  ///< ARI identifier of the certificate that it is for
  Time start;
  Time end;         ///< later than `start`: an empty window never becomes a RenewalWindow
  double draw = 0;  ///< in [0, 1): drawn once per window and stored, because a new draw at every wake-up would favor the window's start
};

/// Certificates with a shorter lifetime are renewed after half of it instead of two thirds.
inline constexpr std::chrono::days kShortLived{10};

/// The assumed minimum duration of an issuance, if none was measured or all were faster; covers checks, reloads and busy machines.
inline constexpr std::chrono::seconds kShortestIssuance{5};

/// How long before expiry a renewal must start at the latest: 1/20 of the lifetime, plus the time for three issuances like the slowest
/// recent one (`issuance`, measured; see IssuanceTimes). Never more than the usual time before expiry.
[[nodiscard]] Duration reserve_of(const Validity& validity, Duration issuance) noexcept;

/// When the certificate `identifier` with this `validity` should be renewed.
///
/// Uses the CA's window if it is for this certificate, else a third of the actual lifetime before expiry (half for lifetimes below ten
/// days). A window that extends into the reserve is cut there, because any later would be too late.
[[nodiscard]] Time renewal_time(const std::string& identifier, const Validity& validity, const std::optional<RenewalWindow>& window,
                                Duration issuance = kShortestIssuance);

/// When it becomes an emergency and the spare is used if needed: 1/20 of the lifetime before expiry.
[[nodiscard]] Time emergency_from(const Validity& validity) noexcept;

/// When an incomplete renewal becomes late: half-way between its due time and the expiry, so that there is time to act with both six-day
/// and 200-day certificates.
[[nodiscard]] Time late_after(Time due, const Validity& validity) noexcept;

}  // namespace carillon::certs
