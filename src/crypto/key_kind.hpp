#pragma once
// The kinds of keys that certificates are ordered for.

#include "crypto/key.hpp"

#include <cstdint>
#include <optional>

namespace carillon::crypto {

enum class KeyKind : std::uint8_t { p256, p384, rsa2048, rsa3072 };
[[nodiscard]] std::string_view name_of(KeyKind kind) noexcept;  ///< "rsa2048"
[[nodiscard]] std::optional<KeyKind> key_kind_from(std::string_view text) noexcept;

[[nodiscard]] constexpr bool is_rsa(KeyKind kind) noexcept { return kind == KeyKind::rsa2048 || kind == KeyKind::rsa3072; }

/// A new key of this kind. Uses OpenSSL's randomness. RSA keys take up to a second.
[[nodiscard]] Result<PrivateKey> generate_key(KeyKind kind);

}  // namespace carillon::crypto
