#pragma once
// Whether a CA has revoked a certificate, as far as that is known.

#include "base/time.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace carillon::certs {

enum class RevocationStatus {
  unchecked,  ///< it names neither a CRL nor an OCSP responder: short-lived ones and those of private CAs need none
  unknown,    ///< nobody has answered yet
  good,
  revoked,  ///< or suspended (certificateHold)
};
[[nodiscard]] std::string_view name_of(RevocationStatus status) noexcept;  ///< "unchecked", "unknown", "good", "revoked"
[[nodiscard]] RevocationStatus revocation_status_from(std::string_view word) noexcept;

/// "keyCompromise", … (RFC 5280 §5.3.1); "" for 0 (unspecified) and for numbers that mean nothing.
[[nodiscard]] std::string_view revocation_reason(int number) noexcept;

/// What one CRL or responder says about one certificate.
struct RevocationAnswer {
  RevocationStatus status = RevocationStatus::unknown;
  std::optional<Time> revoked_at{};
  int reason = 0;
  std::string source{};   ///< the URL that said so, or that said nothing
  std::string problem{};  ///< why it is unknown, a sentence; "" otherwise
};

/// What is known of one certificate.
struct Revocation {
  std::string fingerprint;  ///< SHA-256 of its DER, lower-case hex
  RevocationStatus status = RevocationStatus::unknown;
  std::optional<Time> checked{};     ///< the last attempt
  std::optional<Time> known{};       ///< when the CA's last answer came
  std::optional<Time> silent{};      ///< since when there has been no answer; none: the last attempt brought one
  std::optional<Time> revoked_at{};  ///< as the CA says
  int reason = 0;
  std::string source{};
  std::string problem{};  ///< why the last attempt brought no answer

  /// "It was revoked on 24 Nov 2026 (keyCompromise), according to http://…"; the certificate is `revoked`.
  [[nodiscard]] std::string sentence() const;
  /// Why nobody knows, once that has lasted for kSilenceWorthSaying; "" before, and where somebody knows.
  [[nodiscard]] std::string silence(Time now) const;
};
/// CRLs live a day to a week: their server may be away for a while.
inline constexpr std::chrono::hours kSilenceWorthSaying{24};

}  // namespace carillon::certs
