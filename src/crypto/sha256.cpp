// See sha256.hpp.

#include "crypto/sha256.hpp"

#include <openssl/evp.h>

#include <stdexcept>

namespace carillon::crypto {

void Sha256::Free::operator()(evp_md_ctx_st* context) const noexcept { EVP_MD_CTX_free(context); }

Sha256::Sha256() : context_{EVP_MD_CTX_new()} {
  if (!context_ || EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) != 1)
    throw std::runtime_error("OpenSSL doesn't provide SHA-256");
}

void Sha256::update(std::span<const std::byte> bytes) {
  if (EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) != 1) throw std::runtime_error("OpenSSL failed to compute a SHA-256");
}

Digest Sha256::finish() {
  Digest digest;
  unsigned length = 0;
  if (EVP_DigestFinal_ex(context_.get(), reinterpret_cast<unsigned char*>(digest.bytes.data()), &length) != 1 ||
      length != digest.bytes.size())
    throw std::runtime_error("OpenSSL failed to compute a SHA-256");
  return digest;
}

Digest sha256(std::span<const std::byte> bytes) {
  Sha256 hash;
  hash.update(bytes);
  return hash.finish();
}

}  // namespace carillon::crypto
