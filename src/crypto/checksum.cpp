// See checksum.hpp.

#include "crypto/checksum.hpp"

#include <openssl/evp.h>

#include <stdexcept>

namespace carillon::crypto {
namespace {

constexpr std::size_t kSha1Length = 20;
constexpr std::size_t kSha256Length = 32;

}  // namespace

std::optional<ChecksumAlgorithm> checksum_algorithm_from(std::string_view name) noexcept {
  if (name == "sha1") return ChecksumAlgorithm::sha1;
  if (name == "sha256") return ChecksumAlgorithm::sha256;
  return {};
}

std::size_t length_of(ChecksumAlgorithm algorithm) noexcept { return algorithm == ChecksumAlgorithm::sha1 ? kSha1Length : kSha256Length; }

void Checksum::Free::operator()(evp_md_ctx_st* context) const noexcept { EVP_MD_CTX_free(context); }

Checksum::Checksum(ChecksumAlgorithm algorithm) : context_{EVP_MD_CTX_new()} {
  const auto* kind = algorithm == ChecksumAlgorithm::sha1 ? EVP_sha1() : EVP_sha256();
  if (!context_ || EVP_DigestInit_ex(context_.get(), kind, nullptr) != 1) throw std::runtime_error("OpenSSL failed to start a checksum");
}

void Checksum::update(std::span<const std::byte> bytes) {
  if (EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) != 1) throw std::runtime_error("OpenSSL failed to compute a checksum");
}

Bytes Checksum::finish() {
  Bytes sum(EVP_MAX_MD_SIZE);
  unsigned length = 0;
  if (EVP_DigestFinal_ex(context_.get(), reinterpret_cast<unsigned char*>(sum.data()), &length) != 1)
    throw std::runtime_error("OpenSSL failed to compute a checksum");
  sum.resize(length);
  return sum;
}

}  // namespace carillon::crypto
