#pragma once
// Secrets of sessions, tokens, devices and links.

#include "base/random.hpp"

#include <string>
#include <string_view>

namespace carillon::accounts {

/// 256 random bits as base64url.
[[nodiscard]] std::string new_secret(Random& random);
/// Hexadecimal SHA-256 of a secret; only this is stored.
[[nodiscard]] std::string digest_of(std::string_view secret);
/// In constant time.
[[nodiscard]] bool same_secret(std::string_view a, std::string_view b);

}  // namespace carillon::accounts
