#pragma once
// When a certificate is due for renewal. Pure: no clock, no network, so that a year of decisions runs in a test in a second.

#include "base/time.hpp"

#include <optional>
#include <string>

namespace carillon::certs {

/// From when until when a certificate is good, as it says itself.
struct Validity {
  Time not_before;
  Time not_after;
  [[nodiscard]] Duration lifetime() const noexcept { return not_after - not_before; }
  [[nodiscard]] bool holds(Time at) const noexcept { return not_before <= at && at < not_after; }
};

/// The CA's own suggestion for one certificate (RFC 9773 §4.2), with the moment inside it that was drawn for us.
struct RenewalWindow {
  std::string certificate;  ///< ARI identifier of the certificate the CA was asked about
  Time start;
  Time end;         ///< later than `start`: an empty window never becomes a RenewalWindow
  double draw = 0;  ///< in [0, 1): drawn once per window and kept, since a fresh draw at every wake-up would crowd the window's start
};

/// Certificates that live less than this are renewed at half their life instead of at two thirds.
inline constexpr std::chrono::days kShortLived{10};

/// An issuance is taken to need at least this long, where none was measured or all were quicker: looks, reloads and busy machines.
inline constexpr std::chrono::seconds kShortestIssuance{5};

/// How long before its end a certificate's renewal has to begin at the latest: 1/20 of its lifetime, and time for three issuances like the
/// slowest of the last ones (`issuance`, measured; see IssuanceTimes). Never more than the usual time before expiry.
[[nodiscard]] Duration reserve_of(const Validity& validity, Duration issuance) noexcept;

/// The moment from which the certificate `identifier` with this `validity` should be renewed.
///
/// Takes the CA's window where it speaks of this very certificate, else a third of the real lifetime before expiry (half, if it lives less
/// than ten days). A window that reaches into the reserve is cut there: a CA that says "later" then is wrong.
[[nodiscard]] Time renewal_time(const std::string& identifier, const Validity& validity, const std::optional<RenewalWindow>& window,
                                Duration issuance = kShortestIssuance);

/// From when on nothing counts any more but that another certificate comes, if it has to be the spare: 1/20 of the lifetime before its end.
[[nodiscard]] Time emergency_from(const Validity& validity) noexcept;

/// The moment after which a renewal that has not been seen is late: half-way from when it was due to the end, so that six days and two
/// hundred both leave time to act.
[[nodiscard]] Time late_after(Time due, const Validity& validity) noexcept;

}  // namespace carillon::certs
