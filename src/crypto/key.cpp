// Private keys over EVP_PKEY.

#include "crypto/key.hpp"

#include "crypto/memory_bio.hpp"

#include <openssl/pem.h>
#include <openssl/rsa.h>

namespace carillon::crypto {
namespace {

/// OpenSSL's default asks the terminal; a server has none.
int no_passphrase(char*, int, int, void*) { return -1; }

}  // namespace

Result<PrivateKey> PrivateKey::generate_p256() {
  KeyHandle key{EVP_EC_gen("P-256")};
  if (!key) return fail(ErrorKind::internal, "A P-256 key could not be generated: " + openssl_reason() + ".");
  return PrivateKey{std::move(key)};
}

Result<PrivateKey> PrivateKey::generate_rsa2048() {
  KeyHandle key{EVP_RSA_gen(2048U)};
  if (!key) return fail(ErrorKind::internal, "An RSA key could not be generated: " + openssl_reason() + ".");
  return PrivateKey{std::move(key)};
}

Result<PrivateKey> PrivateKey::from_der(std::string_view der) {
  auto cursor = reinterpret_cast<const unsigned char*>(der.data());
  const auto* end = cursor + der.size();
  const Pkcs8Handle envelope{d2i_PKCS8_PRIV_KEY_INFO(nullptr, &cursor, static_cast<long>(der.size()))};
  if (!envelope) return fail(ErrorKind::invalid, "The private key isn't DER-encoded PKCS#8: " + openssl_reason() + ".");
  if (cursor != end) return fail(ErrorKind::invalid, "The private key has trailing bytes.");
  KeyHandle key{EVP_PKCS82PKEY(envelope.get())};
  if (!key) return fail(ErrorKind::invalid, "The private key can't be used: " + openssl_reason() + ".");
  return PrivateKey{std::move(key)};
}

Result<PrivateKey> PrivateKey::from_pem(std::string_view pem) {
  const auto source = memory_bio_over(pem);
  if (!source) return fail(ErrorKind::internal, "The private key could not be read: " + openssl_reason() + ".");
  KeyHandle key{PEM_read_bio_PrivateKey(source.get(), nullptr, no_passphrase, nullptr)};
  if (!key) return fail(ErrorKind::invalid, "The text contains no unencrypted PEM private key: " + openssl_reason() + ".");
  return PrivateKey{std::move(key)};
}

Result<std::string> PrivateKey::to_der() const {
  const Pkcs8Handle envelope{EVP_PKEY2PKCS8(key_.get())};
  const auto sink = memory_bio();
  if (!envelope || !sink || i2d_PKCS8_PRIV_KEY_INFO_bio(sink.get(), envelope.get()) != 1)
    return fail(ErrorKind::internal, "The private key could not be written as DER: " + openssl_reason() + ".");
  return content_of(sink.get());
}

Result<std::string> PrivateKey::to_pem() const {
  const auto sink = memory_bio();
  if (!sink || PEM_write_bio_PKCS8PrivateKey(sink.get(), key_.get(), nullptr, nullptr, 0, nullptr, nullptr) != 1)
    return fail(ErrorKind::internal, "The private key could not be written as PEM: " + openssl_reason() + ".");
  return content_of(sink.get());
}

}  // namespace carillon::crypto
