// See secrets.hpp.

#include "accounts/access/secrets.hpp"

#include "base/bytes.hpp"
#include "base/encoding.hpp"
#include "crypto/sha256.hpp"

#include <openssl/crypto.h>

#include <array>

namespace carillon::accounts {

std::string new_secret(Random& random) {
  std::array<std::byte, 32> bytes{};
  random.fill(bytes);
  return to_base64url(bytes);
}

std::string digest_of(std::string_view secret) { return crypto::sha256(as_bytes(secret)).hex(); }

bool same_secret(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace carillon::accounts
