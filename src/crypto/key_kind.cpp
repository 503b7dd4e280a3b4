// See key_kind.hpp.

#include "crypto/key_kind.hpp"

#include "crypto/memory_bio.hpp"

#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <array>
#include <utility>

namespace carillon::crypto {
namespace {

constexpr std::array<std::pair<KeyKind, std::string_view>, 4> kNames{
    {{KeyKind::p256, "p256"}, {KeyKind::p384, "p384"}, {KeyKind::rsa2048, "rsa2048"}, {KeyKind::rsa3072, "rsa3072"}}};

/// PKCS#8.
Result<PrivateKey> wrapped(const KeyHandle& key, KeyKind kind) {
  const Pkcs8Handle envelope{key ? EVP_PKEY2PKCS8(key.get()) : nullptr};
  unsigned char* der = nullptr;
  const int length = envelope ? i2d_PKCS8_PRIV_KEY_INFO(envelope.get(), &der) : 0;
  if (length <= 0)
    return fail(ErrorKind::internal, "A key (" + std::string(name_of(kind)) + ") could not be generated: " + openssl_reason() + ".");
  auto made = PrivateKey::from_der({reinterpret_cast<const char*>(der), static_cast<std::size_t>(length)});
  OPENSSL_clear_free(der, static_cast<std::size_t>(length));
  return made;
}

}  // namespace

std::string_view name_of(KeyKind kind) noexcept {
  for (const auto& [known, name] : kNames) {
    if (known == kind) return name;
  }
  return kNames.front().second;
}

std::optional<KeyKind> key_kind_from(std::string_view text) noexcept {
  for (const auto& [kind, name] : kNames) {
    if (name == text) return kind;
  }
  return {};
}

Result<PrivateKey> generate_key(KeyKind kind) {
  switch (kind) {
    case KeyKind::p256:
      break;
    case KeyKind::rsa2048:
      return PrivateKey::generate_rsa2048();
    case KeyKind::p384:
      return wrapped(KeyHandle{EVP_EC_gen("P-384")}, kind);
    case KeyKind::rsa3072:
      return wrapped(KeyHandle{EVP_RSA_gen(3072U)}, kind);
  }
  return PrivateKey::generate_p256();
}

}  // namespace carillon::crypto
