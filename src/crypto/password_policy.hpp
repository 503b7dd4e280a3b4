#pragma once
// Which new passwords are accepted (OWASP ASVS 4.0.3 §2.1). Passwords that were set under earlier rules still work.

#include "base/result.hpp"

#include <string_view>

namespace carillon::crypto {

inline constexpr std::size_t kMinPasswordCharacters = 12;   ///< Unicode characters, not bytes
inline constexpr std::size_t kMaxPasswordCharacters = 128;  ///< longer ones would only enable denial of service

/// What an attacker knows about the owner of the password. Either may be empty.
struct PasswordOwner {
  std::string_view email, name;
};

/// Checks a new password; the error is one sentence: too short, too long, not UTF-8, among the most common ones (also with digits
/// and punctuation around it, or repeated), a keyboard sequence, or little more than the owner's name, address or this product's name.
/// Ignores only ASCII case and doesn't normalize: a password is exactly the bytes that were typed (no NFKC).
[[nodiscard]] Result<> check_new_password(std::string_view password, const PasswordOwner& owner);

}  // namespace carillon::crypto
