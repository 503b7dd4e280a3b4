#pragma once
// Files protected by a passphrase: PKCS#12 (RFC 7292), encrypted PKCS#8 keys (RFC 5958) and OpenSSL's older encrypted PEM keys. For
// certificate_file alone.

#include "crypto/files/certificate_file.hpp"
#include "crypto/files/derivation_budget.hpp"

#include <openssl/pkcs12.h>

namespace carillon::crypto {

using Pkcs12Handle = std::unique_ptr<PKCS12, FreeWith<PKCS12_free>>;
using EncryptedKeyHandle = std::unique_ptr<X509_SIG, FreeWith<X509_SIG_free>>;

/// The passphrase of one file, and how much work trying it may take.
struct Unlocking {
  const std::optional<std::string>& passphrase;
  DerivationBudget& budget;
};

/// `invalid` with the field "passphrase".
[[nodiscard]] std::unexpected<Error> passphrase_missing(std::string_view what);
[[nodiscard]] std::unexpected<Error> passphrase_wrong(std::string_view what);

/// For parsing: decrypts what OpenSSL counts as legacy too (RC2, DES) if its legacy provider is installed.
[[nodiscard]] OSSL_LIB_CTX* decryption_context();
/// Parses like d2i_PKCS12 and moves `cursor` past it; null if it isn't PKCS#12.
[[nodiscard]] Pkcs12Handle pkcs12_from_der(const unsigned char** cursor, long length);

/// Adds all certificates and keys of `archive` to `into`, whatever the order of its bags and their attributes.
[[nodiscard]] Result<> unpack(PKCS12& archive, const Unlocking& unlocking, CertificateFile& into);
[[nodiscard]] Result<PrivateKey> decrypt(const X509_SIG& key, const Unlocking& unlocking);
/// An OpenSSL key with “Proc-Type: 4,ENCRYPTED” (RFC 1421 §4.6.1.1), as PEM text with proper lines.
[[nodiscard]] Result<PrivateKey> decrypt_old_pem(std::string_view pem, const Unlocking& unlocking);

/// Adds one; fails with `invalid` if the file already has the maximum.
[[nodiscard]] Result<> add(CertificateFile& into, Certificate certificate);
[[nodiscard]] Result<> add(CertificateFile& into, PrivateKey key);

}  // namespace carillon::crypto
