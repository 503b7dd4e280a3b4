#pragma once
// Passwords at rest: argon2id (RFC 9106) through libsodium.

#include "base/result.hpp"

#include <string>
#include <string_view>

namespace carillon::crypto {

inline constexpr std::size_t kShortestPassword = 10;  ///< bytes
inline constexpr std::size_t kLongestPassword = 1024;

/// What can be wrong with a new password, one sentence each: too short, too long, not UTF-8, one of those everybody tries.
[[nodiscard]] Result<> check_password(std::string_view password);
/// "$argon2id$…" with its salt and cost in it. Takes about 0.1 s and 19 MiB of memory; worker threads.
[[nodiscard]] std::string hash_password(std::string_view password);
/// In constant time with regard to the password. With an empty `hash` the same work is done and false answered, so that the time does not
/// tell who has an account. Blocks as long as hashing does.
[[nodiscard]] bool is_password(std::string_view password, const std::string& hash);

}  // namespace carillon::crypto
