#pragma once
// JSON Web Signatures and Keys for ACME (RFC 7515 flattened, RFC 7518 ES256 and HS256, RFC 7638 thumbprints).

#include "crypto/key.hpp"

#include <string>
#include <string_view>

namespace carillon::crypto {

/// The public half of a P-256 key as JWK, members in the order of RFC 7638 §3.2, so that its SHA-256 is the thumbprint.
/// Throws std::invalid_argument for another kind of key, because that is a bug.
[[nodiscard]] std::string jwk_of(const PrivateKey& key);
[[nodiscard]] std::string jwk_thumbprint(const PrivateKey& key);  ///< base64url
/// {"protected","payload","signature"}; `payload` "" is the empty payload of POST-as-GET (RFC 8555 §6.3). `invalid` if the key isn't P-256.
[[nodiscard]] Result<std::string> sign_es256(std::string_view protected_header, std::string_view payload, const PrivateKey& key);
[[nodiscard]] std::string sign_hs256(std::string_view protected_header, std::string_view payload, std::string_view mac_key);

}  // namespace carillon::crypto
