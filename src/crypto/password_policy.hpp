#pragma once
// Which new passwords are accepted (OWASP ASVS 4.0.3 §2.1). Passwords that were set under earlier rules go on working.

#include "base/result.hpp"

#include <string_view>

namespace carillon::crypto {

inline constexpr std::size_t kMinPasswordCharacters = 12;   ///< Unicode characters, not bytes
inline constexpr std::size_t kMaxPasswordCharacters = 128;  ///< longer ones are a denial of service, not a better secret

/// What an attacker knows of the person whose password it is to be. Either may be empty.
struct PasswordOwner {
  std::string_view email, name;
};

/// What can be wrong with a new password, one sentence each: too short, too long, not UTF-8, among the most common ones (also with digits
/// and punctuation around it, or repeated), a run of the keyboard, or little more than the owner's name, address or this product's name.
/// Letter case is ignored in ASCII alone, and nothing is normalized: a password is the bytes that were typed (no NFKC).
[[nodiscard]] Result<> check_new_password(std::string_view password, const PasswordOwner& owner);

}  // namespace carillon::crypto
