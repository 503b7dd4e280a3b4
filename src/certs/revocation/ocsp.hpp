#pragma once
// OCSP requests and responses (RFC 6960). Pure: no clock, no network.

#include "certs/revocation/revocation.hpp"
#include "crypto/certificate.hpp"

#include <vector>

namespace carillon::certs {

/// No responder needs more for one certificate.
inline constexpr std::size_t kLargestOcspAnswer = 64U << 10;
/// How old an answer without a nextUpdate may be.
inline constexpr std::chrono::hours kUndatedOcspLife{24};

/// The URLs of a certificate's responders (AIA, RFC 5280 §4.2.2.1), http only.
[[nodiscard]] std::vector<std::string> responder_urls(const crypto::Certificate& certificate);
/// DER of a request for one certificate, without a nonce: most responders answer from a cache (RFC 5019).
[[nodiscard]] Result<std::string> ocsp_request(const crypto::Certificate& leaf, const crypto::Certificate& issuer);
/// What a response says about `leaf`: `good`, `revoked`, or `unknown` with a problem. It must be signed by the issuer, or by a responder
/// whose certificate the issuer has signed for OCSP (§4.2.2.2), and `now` must be between thisUpdate and nextUpdate.
[[nodiscard]] RevocationAnswer read_ocsp_response(std::string_view der, const crypto::Certificate& leaf, const crypto::Certificate& issuer,
                                                  Time now);

}  // namespace carillon::certs
