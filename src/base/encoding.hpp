#pragma once
// Bytes as text and back: hex, base64, base64url without padding (RFC 4648), percent-encoding (RFC 3986 §2.1).

#include "base/bytes.hpp"
#include "base/result.hpp"

#include <string>
#include <string_view>

namespace carillon {

[[nodiscard]] std::string to_hex(std::span<const std::byte> bytes);  ///< lower case
[[nodiscard]] Result<Bytes> from_hex(std::string_view text);
[[nodiscard]] std::string to_base64(std::span<const std::byte> bytes);
[[nodiscard]] Result<Bytes> from_base64(std::string_view text);
[[nodiscard]] std::string to_base64url(std::span<const std::byte> bytes);
[[nodiscard]] Result<Bytes> from_base64url(std::string_view text);

/// Escapes everything except unreserved characters.
[[nodiscard]] std::string percent_encoded(std::string_view text);
/// Fails with `invalid` on a broken escape. '+' stays '+'.
[[nodiscard]] Result<std::string> percent_decoded(std::string_view text);

}  // namespace carillon
