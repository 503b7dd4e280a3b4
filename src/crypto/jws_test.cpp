#include "crypto/jws.hpp"

#include "base/encoding.hpp"
#include "base/text.hpp"

#include <gtest/gtest.h>
#include <openssl/ecdsa.h>

#include <array>
#include <stdexcept>

namespace carillon::crypto {
namespace {

// The key of RFC 7515 appendix A.3, as PKCS#8.
constexpr std::string_view kRfcKey = R"(-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgjpsQnnGQmL+YBIff
H1136cspYG6+0iY7X1fCE9+E9LKhRANCAAR/zc4ncPbEXUGDy+5v20t7WAczNXvp
7xO6z248e9FURcfxRM0bvZt+hyzf7bnuufSzaV1uqQskrYpGIyiFiOWt
-----END PRIVATE KEY-----
)";

std::string decoded(std::string_view base64url) { return std::string(as_text(from_base64url(base64url).value())); }

/// The value of one member of a flattened JWS.
std::string member(const std::string& jws, const std::string& name) {
  const auto start = jws.find("\"" + name + "\":\"");
  if (start == std::string::npos) return "(missing)";
  const auto from = start + name.size() + 4;
  return jws.substr(from, jws.find('"', from) - from);
}

/// OpenSSL's own opinion of R and S over `input`.
bool verified(std::string_view input, std::string_view signature, const PrivateKey& key) {
  if (signature.size() != 64) return false;
  const auto* bytes = reinterpret_cast<const unsigned char*>(signature.data());
  ECDSA_SIG* parts = ECDSA_SIG_new();
  ECDSA_SIG_set0(parts, BN_bin2bn(bytes, 32, nullptr), BN_bin2bn(bytes + 32, 32, nullptr));
  std::array<unsigned char, 128> der{};
  auto* end = der.data();
  const int length = i2d_ECDSA_SIG(parts, &end);
  ECDSA_SIG_free(parts);
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  EVP_DigestVerifyInit(context, nullptr, EVP_sha256(), nullptr, key.native());
  const bool good = EVP_DigestVerify(context, der.data(), static_cast<std::size_t>(length),
                                     reinterpret_cast<const unsigned char*>(input.data()), input.size()) == 1;
  EVP_MD_CTX_free(context);
  return good;
}

TEST(Jws, GivesTheKeyOfTheRfcInTheOrderOfItsThumbprint) {
  const auto key = PrivateKey::from_pem(kRfcKey).value();
  EXPECT_EQ(
      jwk_of(key),
      R"({"crv":"P-256","kty":"EC","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"})");
  EXPECT_EQ(jwk_thumbprint(key), "oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U");
}

TEST(Jws, SignsLikeTheExampleOfTheRfc) {
  const auto key = PrivateKey::from_pem(kRfcKey).value();
  const std::string header = R"({"alg":"ES256"})";
  const std::string payload = "{\"iss\":\"joe\",\r\n \"exp\":1300819380,\r\n \"http://example.com/is_root\":true}";
  const std::string input =
      "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
  // The signature printed in RFC 7515 A.3.1 shows that this test's verifier reads the format as the RFC means it.
  ASSERT_TRUE(verified(input, decoded("DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"), key));
  const auto jws = sign_es256(header, payload, key).value();
  EXPECT_EQ(member(jws, "protected") + "." + member(jws, "payload"), input);
  EXPECT_TRUE(verified(input, decoded(member(jws, "signature")), key));
  EXPECT_FALSE(verified(input + "x", decoded(member(jws, "signature")), key));
}

TEST(Jws, KeepsTheLeadingZerosOfShortNumbers) {
  // One signature in 128 has a half that begins with a zero byte: dropped, it would be refused now and then.
  const auto key = PrivateKey::generate_p256().value();
  bool short_half_seen = false;
  for (int i = 0; i < 5000 && !short_half_seen; ++i) {
    const auto signature = decoded(member(sign_es256("{}", std::to_string(i), key).value(), "signature"));
    ASSERT_EQ(signature.size(), 64U);
    short_half_seen = signature[0] == '\0' || signature[32] == '\0';
    if (short_half_seen) { EXPECT_TRUE(verified("e30." + to_base64url(as_bytes(std::to_string(i))), signature, key)); }
  }
  EXPECT_TRUE(short_half_seen);
}

TEST(Jws, SignsAnEmptyPayloadForPostAsGet) {
  const auto key = PrivateKey::generate_p256().value();
  const auto jws = sign_es256("{}", "", key).value();
  EXPECT_EQ(member(jws, "payload"), "");
  EXPECT_TRUE(verified("e30.", decoded(member(jws, "signature")), key));
}

TEST(Jws, AuthenticatesLikeTheExampleOfTheRfc) {
  const auto mac_key = decoded("AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow");
  const auto jws = sign_hs256("{\"typ\":\"JWT\",\r\n \"alg\":\"HS256\"}",
                              "{\"iss\":\"joe\",\r\n \"exp\":1300819380,\r\n \"http://example.com/is_root\":true}", mac_key);
  EXPECT_EQ(member(jws, "signature"), "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
}

TEST(Jws, RefusesAKeyThatIsNotP256) {
  const auto key = PrivateKey::generate_rsa2048().value();
  const auto jws = sign_es256("{}", "{}", key);
  ASSERT_FALSE(jws);
  EXPECT_EQ(jws.error().kind, ErrorKind::invalid);
  EXPECT_THROW(static_cast<void>(jwk_of(key)), std::invalid_argument);
}

}  // namespace
}  // namespace carillon::crypto
