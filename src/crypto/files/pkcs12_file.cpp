// See pkcs12_file.hpp.

#include "crypto/files/pkcs12_file.hpp"

#include "crypto/files/encrypted.hpp"
#include "crypto/memory_bio.hpp"

#include <openssl/objects.h>

namespace carillon::crypto {
namespace {

/// As OpenSSL and Windows have it. More protects nothing: the key is in a file beside this one.
constexpr int kRounds = 2048;
constexpr int kWithoutMac = -1;

/// The stack owns nothing.
inline void free_stack(STACK_OF(X509) * stack) noexcept { sk_X509_free(stack); }
using StackHandle = std::unique_ptr<STACK_OF(X509), FreeWith<free_stack>>;

}  // namespace

Result<std::string> make_pkcs12(const Pkcs12Content& content) {
  const auto chain = Certificate::chain_from_pem(content.chain_pem);
  if (!chain) return std::unexpected(chain.error());
  const auto key = PrivateKey::from_pem(content.key_pem);
  if (!key) return std::unexpected(key.error());
  const StackHandle others{sk_X509_new_null()};
  for (std::size_t i = 1; others && i < chain->size(); ++i) sk_X509_push(others.get(), chain->at(i).native());
  const auto cipher = NID_pbe_WithSHA1And3_Key_TripleDES_CBC;
  const Pkcs12Handle archive{PKCS12_create(content.passphrase.c_str(), content.alias.c_str(), key->native(), chain->front().native(),
                                           others.get(), cipher, cipher, kRounds, kWithoutMac, 0)};
  const auto sink = memory_bio();
  if (!archive || !sink || PKCS12_set_mac(archive.get(), content.passphrase.c_str(), -1, nullptr, 0, kRounds, EVP_sha1()) != 1 ||
      i2d_PKCS12_bio(sink.get(), archive.get()) != 1)
    return fail(ErrorKind::invalid, "The PKCS#12 file of “" + content.alias + "” can't be written: " + openssl_reason() + ".");
  return content_of(sink.get());
}

bool has_content(std::string_view der, const Pkcs12Content& content) {
  const auto file = read_certificate_file(der, {.passphrase = content.passphrase});
  const auto chain = Certificate::chain_from_pem(content.chain_pem);
  if (!file || !chain || file->keys.size() != 1 || file->certificates.size() != chain->size()) return false;
  for (std::size_t i = 0; i < chain->size(); ++i) {
    if (X509_cmp(file->certificates[i].native(), chain->at(i).native()) != 0) return false;
  }
  return chain->front().matches(file->keys.front());
}

}  // namespace carillon::crypto
