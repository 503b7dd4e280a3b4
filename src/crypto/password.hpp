#pragma once
// Passwords at rest: argon2id (RFC 9106) through libsodium.

#include <cstddef>
#include <string>
#include <string_view>

namespace carillon::crypto {

/// The longest password that is hashed for comparison, as allowed by earlier rules. For new ones, see password_policy.hpp.
inline constexpr std::size_t kMaxPasswordBytes = 1024;

/// The hash of a password that no one has, with the usual cost, so that comparing with it takes as long.
inline constexpr std::string_view kHashOfNobody =
    "$argon2id$v=19$m=19456,t=2,p=1$CZwgOoJyCxK29tyMzL9eIQ$lfFMLbxY/Adz5Rk+P6fsPSmCSF/tO833CcUD+wUihcY";

/// "$argon2id$…", including salt and cost. Takes about 0.1 s and 19 MiB of memory; worker threads.
[[nodiscard]] std::string hash_password(std::string_view password);
/// In constant time with regard to the password; false for one of more than kMaxPasswordBytes. With an empty `hash`, does the same work and
/// returns false, so that timing doesn't reveal who has an account. Blocks as long as hashing.
[[nodiscard]] bool is_password(std::string_view password, const std::string& hash);

}  // namespace carillon::crypto
