// See jose.hpp.

#include "testca/jose.hpp"

#include "base/encoding.hpp"
#include "crypto/hmac.hpp"
#include "crypto/sha256.hpp"

#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <boost/json/parse.hpp>

#include <algorithm>
#include <array>

namespace carillon::testca {
namespace {

namespace json = boost::json;

constexpr std::size_t kCoordinate = 32;
/// SubjectPublicKeyInfo of an uncompressed point on P-256 (RFC 5480 §2), up to the coordinates: OpenSSL's own reader then checks that the
/// point is on the curve.
constexpr std::array<unsigned char, 27> kPublicKeyHead{0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06,
                                                       0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04};

using SignatureHandle = std::unique_ptr<ECDSA_SIG, crypto::FreeWith<ECDSA_SIG_free>>;
using DigestContextHandle = std::unique_ptr<EVP_MD_CTX, crypto::FreeWith<EVP_MD_CTX_free>>;

std::unexpected<Problem> malformed(std::string detail) { return problem(400, "malformed", std::move(detail)); }

/// The bytes of a base64url member, which must be there.
Outcome<std::string> decoded_member(const json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  if (value == nullptr || !value->is_string()) return malformed("The JWS has no \"" + std::string(name) + "\".");
  const auto bytes = from_base64url(value->get_string());
  if (!bytes) return malformed("The JWS's \"" + std::string(name) + "\" isn't base64url.");
  return std::string{as_text(*bytes)};
}

/// r and s of 32 bytes each as OpenSSL wants them; "" when they are not.
std::string der_signature(std::string_view joined) {
  if (joined.size() != 2 * kCoordinate) return {};
  const SignatureHandle signature{ECDSA_SIG_new()};
  const auto* bytes = reinterpret_cast<const unsigned char*>(joined.data());
  crypto::BignumHandle r{BN_bin2bn(bytes, kCoordinate, nullptr)}, s{BN_bin2bn(bytes + kCoordinate, kCoordinate, nullptr)};
  if (!signature || !r || !s || ECDSA_SIG_set0(signature.get(), r.get(), s.get()) != 1) return {};
  (void)r.release(), (void)s.release();
  unsigned char* der = nullptr;
  const int length = i2d_ECDSA_SIG(signature.get(), &der);
  if (length <= 0) return {};
  std::string text{reinterpret_cast<const char*>(der), static_cast<std::size_t>(length)};
  OPENSSL_free(der);
  return text;
}

}  // namespace

Outcome<json::object> read_object(std::string_view text, std::string_view what) {
  boost::system::error_code error;
  auto value = json::parse(text, error);
  if (error || !value.is_object()) return malformed("The " + std::string(what) + " isn't a JSON object.");
  return std::move(value.get_object());
}

std::string text_member(const json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  return value != nullptr && value->is_string() ? std::string{value->get_string()} : std::string{};
}

Outcome<PublicKey> read_jwk(const json::value& jwk) {
  const auto wrong = [](std::string_view why) { return problem(400, "badPublicKey", "The key can't be used: " + std::string(why) + "."); };
  const auto* members = jwk.if_object();
  if (members == nullptr) return wrong("it isn't a JSON object");
  if (text_member(*members, "kty") != "EC" || text_member(*members, "crv") != "P-256") return wrong("only P-256 is supported");
  const auto x_text = text_member(*members, "x"), y_text = text_member(*members, "y");
  const auto x = from_base64url(x_text), y = from_base64url(y_text);
  if (!x || !y || x->size() != kCoordinate || y->size() != kCoordinate) return wrong("its coordinates aren't 32 bytes each");
  std::array<unsigned char, kPublicKeyHead.size() + 2 * kCoordinate> der{};
  auto out = std::ranges::copy(kPublicKeyHead, der.begin()).out;
  for (const auto* coordinate : {&*x, &*y})
    out = std::ranges::transform(*coordinate, out, [](std::byte byte) { return static_cast<unsigned char>(byte); }).out;
  const unsigned char* cursor = der.data();
  crypto::KeyHandle key{d2i_PUBKEY(nullptr, &cursor, static_cast<long>(der.size()))};
  ERR_clear_error();
  if (!key) return wrong("the point isn't on the curve");
  PublicKey result;
  result.canonical = R"({"crv":"P-256","kty":"EC","x":")" + to_base64url(*x) + R"(","y":")" + to_base64url(*y) + R"("})";
  result.thumbprint = to_base64url(crypto::sha256(as_bytes(result.canonical)).bytes);
  result.native =
      std::shared_ptr<const EVP_PKEY>{key.release(), [](const EVP_PKEY* owned) { EVP_PKEY_free(const_cast<EVP_PKEY*>(owned)); }};
  return result;
}

Outcome<Message> read_message(std::string_view body) {
  if (body.size() > kLongestMessage) return malformed("The request is longer than " + std::to_string(kLongestMessage) + " bytes.");
  auto object = read_object(body, "request");
  if (!object) return std::unexpected(std::move(object.error()));
  return read_message(json::value(std::move(*object)));
}

Outcome<Message> read_message(const json::value& body) {
  const auto* object = body.if_object();
  if (object == nullptr) return malformed("The JWS isn't a JSON object.");
  // RFC 8555 §6.2: one signature, and nothing outside of what it covers.
  if (object->contains("header") || object->contains("signatures"))
    return malformed("The JWS has an unprotected header or several signatures.");
  auto header_text = decoded_member(*object, "protected");
  auto payload = decoded_member(*object, "payload");
  auto signature = decoded_member(*object, "signature");
  for (auto* part : {&header_text, &payload, &signature})
    if (!*part) return std::unexpected(std::move(part->error()));
  const auto header = read_object(*header_text, "protected header");
  if (!header) return std::unexpected(header.error());
  Message message{.algorithm = text_member(*header, "alg"),
                  .nonce = text_member(*header, "nonce"),
                  .url = text_member(*header, "url"),
                  .key_id = text_member(*header, "kid"),
                  .jwk = nullptr,
                  .payload = std::move(*payload),
                  .signed_part = text_member(*object, "protected") + "." + text_member(*object, "payload"),
                  .signature = std::move(*signature)};
  if (const auto* jwk = header->if_contains("jwk")) message.jwk = *jwk;
  return message;
}

bool is_signed_by(const Message& message, const PublicKey& key) {
  const auto signature = der_signature(message.signature);
  const DigestContextHandle context{EVP_MD_CTX_new()};
  if (message.algorithm != "ES256" || signature.empty() || !context) return false;
  const auto* bytes = reinterpret_cast<const unsigned char*>(message.signed_part.data());
  const bool good = EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, const_cast<EVP_PKEY*>(key.native.get())) == 1 &&
                    EVP_DigestVerify(context.get(), reinterpret_cast<const unsigned char*>(signature.data()), signature.size(), bytes,
                                     message.signed_part.size()) == 1;
  ERR_clear_error();
  return good;
}

bool is_authenticated_by(const Message& message, std::string_view mac_key) {
  if (message.algorithm != "HS256") return false;
  const auto wanted = crypto::hmac_sha256(as_bytes(mac_key), as_bytes(message.signed_part));
  return message.signature.size() == wanted.bytes.size() &&
         CRYPTO_memcmp(wanted.bytes.data(), message.signature.data(), wanted.bytes.size()) == 0;
}

}  // namespace carillon::testca
