#pragma once
// HMAC with SHA-256 (RFC 2104).

#include "base/digest.hpp"

namespace carillon::crypto {

[[nodiscard]] Digest hmac_sha256(std::span<const std::byte> key, std::span<const std::byte> message);

}  // namespace carillon::crypto
