#pragma once
// Owning, move-only handles for OpenSSL objects, and OpenSSL's error messages.

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <memory>
#include <string>

namespace carillon::crypto {

/// Frees an object with the OpenSSL function for it.
template <auto function>
struct FreeWith {
  template <class Object>
  void operator()(Object* object) const noexcept {
    function(object);
  }
};

using BioHandle = std::unique_ptr<BIO, FreeWith<BIO_free_all>>;
using BioMethodHandle = std::unique_ptr<BIO_METHOD, FreeWith<BIO_meth_free>>;
using BignumHandle = std::unique_ptr<BIGNUM, FreeWith<BN_free>>;
using ExtensionHandle = std::unique_ptr<X509_EXTENSION, FreeWith<X509_EXTENSION_free>>;
using KeyHandle = std::unique_ptr<EVP_PKEY, FreeWith<EVP_PKEY_free>>;
using Pkcs8Handle = std::unique_ptr<PKCS8_PRIV_KEY_INFO, FreeWith<PKCS8_PRIV_KEY_INFO_free>>;
using NamesHandle = std::unique_ptr<GENERAL_NAMES, FreeWith<GENERAL_NAMES_free>>;
using SslContextHandle = std::unique_ptr<SSL_CTX, FreeWith<SSL_CTX_free>>;
using SslHandle = std::unique_ptr<SSL, FreeWith<SSL_free>>;
using StoreHandle = std::unique_ptr<X509_STORE, FreeWith<X509_STORE_free>>;
using StoreContextHandle = std::unique_ptr<X509_STORE_CTX, FreeWith<X509_STORE_CTX_free>>;
using X509Handle = std::unique_ptr<X509, FreeWith<X509_free>>;

/// Frees the stack, but not its certificates, which belong to others.
inline void free_borrowed_stack(STACK_OF(X509) * stack) noexcept { sk_X509_free(stack); }
using BorrowedStackHandle = std::unique_ptr<STACK_OF(X509), FreeWith<free_borrowed_stack>>;

/// OpenSSL's message for the last error of this thread, as the end of a sentence: "no start line"; clears its error queue. "unknown reason"
/// if there is none.
[[nodiscard]] std::string openssl_reason();

}  // namespace carillon::crypto
