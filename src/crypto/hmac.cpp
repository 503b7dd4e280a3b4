// See hmac.hpp.

#include "crypto/hmac.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <stdexcept>

namespace carillon::crypto {

Digest hmac_sha256(std::span<const std::byte> key, std::span<const std::byte> message) {
  Digest digest;
  unsigned length = 0;
  const auto* made = HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(message.data()),
                          message.size(), reinterpret_cast<unsigned char*>(digest.bytes.data()), &length);
  if (made == nullptr || length != digest.bytes.size()) throw std::runtime_error("OpenSSL failed to compute an HMAC");
  return digest;
}

}  // namespace carillon::crypto
