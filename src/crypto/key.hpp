#pragma once
// Private keys: generating, reading and writing them.

#include "base/result.hpp"
#include "crypto/handles.hpp"

#include <string>
#include <string_view>

namespace carillon::crypto {

/// A private key with its public half. Immutable; reading it from many threads is allowed.
class PrivateKey {
 public:
  /// A new key on the curve P-256. Uses OpenSSL's randomness.
  [[nodiscard]] static Result<PrivateKey> generate_p256();
  /// A new RSA key of 2048 bits, for clients too old for P-256. Takes some 0.1 s.
  [[nodiscard]] static Result<PrivateKey> generate_rsa2048();
  /// PKCS#8 (RFC 5208), not encrypted; trailing bytes are rejected.
  [[nodiscard]] static Result<PrivateKey> from_der(std::string_view der);
  /// The first private key in `pem`, not encrypted. Never asks for a passphrase.
  [[nodiscard]] static Result<PrivateKey> from_pem(std::string_view pem);

  [[nodiscard]] Result<std::string> to_der() const;
  [[nodiscard]] Result<std::string> to_pem() const;
  [[nodiscard]] EVP_PKEY* native() const noexcept { return key_.get(); }

 private:
  explicit PrivateKey(KeyHandle key) noexcept : key_{std::move(key)} {}
  KeyHandle key_;
};

}  // namespace carillon::crypto
