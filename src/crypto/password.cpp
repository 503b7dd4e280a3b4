// See password.hpp.

#include "crypto/password.hpp"

#include "base/text.hpp"

#include <sodium.h>

#include <algorithm>
#include <array>
#include <new>
#include <stdexcept>

namespace carillon::crypto {
namespace {

/// OWASP's second choice of cost for argon2id: 19 MiB, two passes. More memory would let a burst of sign-ins push a small server over.
constexpr std::size_t kMemory = 19ULL << 20;
constexpr unsigned long long kPasses = 2;

/// The longest of what everybody tries first; the rest is shorter than kShortestPassword.
constexpr std::array<std::string_view, 16> kWorn{
    "1234567890",   "password123", "password1234", "qwertyuiop", "1q2w3e4r5t", "0123456789", "passwordpassword", "iloveyou123",
    "qwerty123456", "12345678910", "123456789012", "1111111111", "0000000000", "adminadmin", "letmein123",       "carillon123"};

void start_sodium() {
  if (sodium_init() < 0) throw std::runtime_error("libsodium could not start");
}

}  // namespace

Result<> check_password(std::string_view password) {
  if (password.size() < kShortestPassword)
    return fail(ErrorKind::invalid,
                "A password needs at least " + std::to_string(kShortestPassword) + " characters; a sentence is a good one.", "password");
  if (password.size() > kLongestPassword)
    return fail(ErrorKind::invalid, "A password has at most " + std::to_string(kLongestPassword) + " bytes.", "password");
  if (!is_utf8(password)) return fail(ErrorKind::invalid, "The password is not UTF-8 text.", "password");
  if (std::ranges::find(kWorn, lower_ascii(password)) != kWorn.end() ||
      password.find_first_not_of(password.front()) == std::string_view::npos)
    return fail(ErrorKind::invalid, "This password is among the first that anybody would try; choose another one.", "password");
  return {};
}

std::string hash_password(std::string_view password) {
  start_sodium();
  std::array<char, crypto_pwhash_STRBYTES> hash{};
  if (crypto_pwhash_str_alg(hash.data(), password.data(), password.size(), kPasses, kMemory, crypto_pwhash_ALG_ARGON2ID13) != 0)
    throw std::bad_alloc{};
  return hash.data();
}

bool is_password(std::string_view password, const std::string& hash) {
  start_sodium();
  if (hash.empty()) {
    static const std::string nobody = hash_password("nobody has this password");
    (void)crypto_pwhash_str_verify(nobody.c_str(), password.data(), password.size());
    return false;
  }
  return crypto_pwhash_str_verify(hash.c_str(), password.data(), password.size()) == 0;
}

}  // namespace carillon::crypto
