#pragma once
// Certificate signing requests (PKCS#10, RFC 2986).

#include "crypto/key.hpp"

#include <span>

namespace carillon::crypto {

/// DER of a request for `names` (DNS names and IP addresses, at least one) with an empty subject and subjectAltName, signed with `key`.
[[nodiscard]] Result<std::string> make_signing_request(std::span<const std::string> names, const PrivateKey& key);
/// The same as PEM, for people to paste.
[[nodiscard]] Result<std::string> signing_request_pem(std::string_view der);

}  // namespace carillon::crypto
