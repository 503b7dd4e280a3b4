#pragma once
// Passwords at rest: argon2id (RFC 9106) through libsodium.

#include <cstddef>
#include <string>
#include <string_view>

namespace carillon::crypto {

/// The most that is hashed to compare it: what earlier rules let people choose. New ones: password_policy.hpp.
inline constexpr std::size_t kMaxPasswordBytes = 1024;

/// Of a password that nobody has, at the cost of all others: comparing with it takes as long.
inline constexpr std::string_view kHashOfNobody =
    "$argon2id$v=19$m=19456,t=2,p=1$CZwgOoJyCxK29tyMzL9eIQ$lfFMLbxY/Adz5Rk+P6fsPSmCSF/tO833CcUD+wUihcY";

/// "$argon2id$…" with its salt and cost in it. Takes about 0.1 s and 19 MiB of memory; worker threads.
[[nodiscard]] std::string hash_password(std::string_view password);
/// In constant time with regard to the password; false for one of more than kMaxPasswordBytes. With an empty `hash` the same work is done
/// and false answered, so that the time does not tell who has an account. Blocks as long as hashing does.
[[nodiscard]] bool is_password(std::string_view password, const std::string& hash);

}  // namespace carillon::crypto
