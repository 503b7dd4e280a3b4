#pragma once
// Whether a CA has revoked a certificate, if that is known.

#include "base/time.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace carillon::certs {

enum class RevocationStatus {
  unchecked,  ///< it names neither a CRL nor an OCSP responder: short-lived ones and those of private CAs need none
  unknown,    ///< there has been no answer yet
  good,
  revoked,  ///< or suspended (certificateHold)
};
[[nodiscard]] std::string_view name_of(RevocationStatus status) noexcept;  ///< "unchecked", "unknown", "good", "revoked"
[[nodiscard]] RevocationStatus revocation_status_from(std::string_view word) noexcept;

/// "keyCompromise", … (RFC 5280 §5.3.1); "" for 0 (unspecified) and for unassigned numbers.
[[nodiscard]] std::string_view revocation_reason(int number) noexcept;

/// What one CRL or responder says about one certificate.
struct RevocationAnswer {
  RevocationStatus status = RevocationStatus::unknown;
  std::optional<Time> revoked_at{};
  int reason = 0;
  std::string source{};   ///< the URL that gave the answer, or gave none
  std::string problem{};  ///< why it is unknown, a sentence; "" otherwise
};

/// What is known about one certificate.
struct Revocation {
  std::string fingerprint;  ///< SHA-256 of its DER, lower-case hex
  RevocationStatus status = RevocationStatus::unknown;
  std::optional<Time> checked{};     ///< the last attempt
  std::optional<Time> known{};       ///< when the CA's last answer came
  std::optional<Time> silent{};      ///< when answers stopped; none: the last attempt got one
  std::optional<Time> revoked_at{};  ///< as the CA says
  int reason = 0;
  std::string source{};
  std::string problem{};  ///< why the last attempt got no answer

  /// "It was revoked on 24 Nov 2026 (keyCompromise), according to http://…"; the certificate is `revoked`.
  [[nodiscard]] std::string sentence() const;
  /// Why it's unknown, once that has lasted for kSilenceWorthSaying; otherwise "".
  [[nodiscard]] std::string silence(Time now) const;
};
/// CRLs are valid for a day to a week, so their server may be down for a while.
inline constexpr std::chrono::hours kSilenceWorthSaying{24};

}  // namespace carillon::certs
