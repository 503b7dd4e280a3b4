// See jws.hpp.

#include "crypto/jws.hpp"

#include "base/encoding.hpp"
#include "crypto/hmac.hpp"
#include "crypto/sha256.hpp"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>

#include <array>
#include <span>
#include <stdexcept>

namespace carillon::crypto {
namespace {

/// A coordinate of P-256, and one half of its signatures.
constexpr int kHalf = 32;

using SignatureHandle = std::unique_ptr<ECDSA_SIG, FreeWith<ECDSA_SIG_free>>;
using DigestContextHandle = std::unique_ptr<EVP_MD_CTX, FreeWith<EVP_MD_CTX_free>>;

bool is_p256(const PrivateKey& key) {
  std::array<char, 64> group{};
  std::size_t length = 0;
  return EVP_PKEY_get_base_id(key.native()) == EVP_PKEY_EC &&
         EVP_PKEY_get_group_name(key.native(), group.data(), group.size(), &length) == 1 &&
         std::string_view(group.data(), length) == SN_X9_62_prime256v1;
}

/// Big-endian, with leading zeros: RFC 7518 §6.2.1.2 wants the full length.
std::string half_of(const BIGNUM* number) {
  std::string bytes(kHalf, '\0');
  if (number == nullptr || BN_bn2binpad(number, reinterpret_cast<unsigned char*>(bytes.data()), kHalf) != kHalf) return {};
  return bytes;
}

std::string coordinate(const PrivateKey& key, const char* which) {
  BIGNUM* number = nullptr;
  EVP_PKEY_get_bn_param(key.native(), which, &number);
  const BignumHandle owned{number};
  return half_of(owned.get());
}

std::string base64url(std::string_view text) { return to_base64url(as_bytes(text)); }

/// What is signed (RFC 7515 §5.1): protected header and payload, each base64url, joined by a dot.
std::string signing_input(std::string_view protected_header, std::string_view payload) {
  return base64url(protected_header) + "." + base64url(payload);
}

/// The flattened JSON serialization (RFC 7515 §7.2.2). Base64url needs no escaping.
std::string flattened(std::string_view input, std::string_view signature) {
  const auto dot = input.find('.');
  std::string document = R"({"protected":")";
  document.append(input.substr(0, dot)).append(R"(","payload":")").append(input.substr(dot + 1));
  document.append(R"(","signature":")").append(base64url(signature)).append("\"}");
  return document;
}

}  // namespace

std::string jwk_of(const PrivateKey& key) {
  if (!is_p256(key)) throw std::invalid_argument("a JWK was requested for a key that isn't P-256");
  return R"({"crv":"P-256","kty":"EC","x":")" + base64url(coordinate(key, OSSL_PKEY_PARAM_EC_PUB_X)) + R"(","y":")" +
         base64url(coordinate(key, OSSL_PKEY_PARAM_EC_PUB_Y)) + "\"}";
}

std::string jwk_thumbprint(const PrivateKey& key) { return to_base64url(sha256(as_bytes(jwk_of(key))).bytes); }

Result<std::string> sign_es256(std::string_view protected_header, std::string_view payload, const PrivateKey& key) {
  if (!is_p256(key)) return fail(ErrorKind::invalid, "The account key isn't a P-256 key; only those are supported.");
  const auto input = signing_input(protected_header, payload);
  const DigestContextHandle context{EVP_MD_CTX_new()};
  std::array<unsigned char, 128> der{};
  std::size_t length = der.size();
  if (!context || EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key.native()) != 1 ||
      EVP_DigestSign(context.get(), der.data(), &length, reinterpret_cast<const unsigned char*>(input.data()), input.size()) != 1)
    return fail(ErrorKind::internal, "A request could not be signed: " + openssl_reason() + ".");
  // OpenSSL signs in ASN.1; JWS wants R and S side by side (RFC 7518 §3.4).
  const unsigned char* cursor = der.data();
  const SignatureHandle signature{d2i_ECDSA_SIG(nullptr, &cursor, static_cast<long>(length))};
  if (!signature) return fail(ErrorKind::internal, "A request could not be signed: " + openssl_reason() + ".");
  return flattened(input, half_of(ECDSA_SIG_get0_r(signature.get())) + half_of(ECDSA_SIG_get0_s(signature.get())));
}

std::string sign_hs256(std::string_view protected_header, std::string_view payload, std::string_view mac_key) {
  const auto input = signing_input(protected_header, payload);
  return flattened(input, as_text(hmac_sha256(as_bytes(mac_key), as_bytes(input)).bytes));
}

}  // namespace carillon::crypto
