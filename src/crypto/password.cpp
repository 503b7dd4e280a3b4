// See password.hpp.

#include "crypto/password.hpp"

#include <sodium.h>

#include <array>
#include <new>
#include <stdexcept>

namespace carillon::crypto {
namespace {

/// OWASP's second choice of cost for argon2id: 19 MiB, two passes. More memory would let a burst of sign-ins push a small server over.
constexpr std::size_t kMemory = 19ULL << 20;
constexpr unsigned long long kPasses = 2;

void start_sodium() {
  if (sodium_init() < 0) throw std::runtime_error("libsodium could not be initialized");
}

}  // namespace

std::string hash_password(std::string_view password) {
  start_sodium();
  std::array<char, crypto_pwhash_STRBYTES> hash{};
  if (crypto_pwhash_str_alg(hash.data(), password.data(), password.size(), kPasses, kMemory, crypto_pwhash_ALG_ARGON2ID13) != 0)
    throw std::bad_alloc{};
  return hash.data();
}

bool is_password(std::string_view password, const std::string& hash) {
  start_sodium();
  if (password.size() > kMaxPasswordBytes) return false;
  if (hash.empty()) {
    (void)crypto_pwhash_str_verify(kHashOfNobody.data(), password.data(), password.size());
    return false;
  }
  return crypto_pwhash_str_verify(hash.c_str(), password.data(), password.size()) == 0;
}

}  // namespace carillon::crypto
