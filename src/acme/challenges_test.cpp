#include "acme/challenges.hpp"

#include "base/encoding.hpp"
#include "crypto/certificate.hpp"
#include "crypto/sha256.hpp"

#include <gtest/gtest.h>

namespace carillon::acme {
namespace {

crypto::Certificate parsed(const net::CertificateForTls& certificate) {
  return crypto::Certificate::from_der(certificate.chain_der.front()).value();
}

/// The one extension of a kind: criticality and content, in hex; "" when there is none or more than one.
std::string extension(const crypto::Certificate& certificate, const char* kind) {
  ASN1_OBJECT* wanted = OBJ_txt2obj(kind, 1);
  std::string found;
  int count = 0;
  for (int i = 0; i < X509_get_ext_count(certificate.native()); ++i) {
    auto* entry = X509_get_ext(certificate.native(), i);
    if (OBJ_cmp(X509_EXTENSION_get_object(entry), wanted) != 0) continue;
    ++count;
    const auto* data = X509_EXTENSION_get_data(entry);
    const std::string_view content{reinterpret_cast<const char*>(ASN1_STRING_get0_data(data)),
                                   static_cast<std::size_t>(ASN1_STRING_length(data))};
    found = std::string(X509_EXTENSION_get_critical(entry) == 1 ? "critical " : "") + to_hex(as_bytes(content));
  }
  ASN1_OBJECT_free(wanted);
  return count == 1 ? found : "";
}

TEST(ChallengeCertificate, IsWhatTheRfcAsksFor) {
  const auto made = make_challenge_certificate("Pod.example.org", "token.thumbprint").value();
  ASSERT_EQ(made.chain_der.size(), 1U);
  const auto certificate = parsed(made);
  EXPECT_EQ(certificate.names(), std::vector<std::string>{"pod.example.org"});
  // RFC 8737 §3: critical acmeIdentifier, an OCTET STRING of the SHA-256.
  EXPECT_EQ(extension(certificate, "1.3.6.1.5.5.7.1.31"), "critical 0420" + crypto::sha256(as_bytes("token.thumbprint")).hex());
  const auto key = crypto::PrivateKey::from_der(made.key_der).value();
  EXPECT_TRUE(certificate.matches(key));
  EXPECT_EQ(X509_verify(certificate.native(), key.native()), 1) << "self-signed";
  EXPECT_EQ(EVP_PKEY_get_bits(key.native()), 256);
}

TEST(ChallengeCertificate, IsMadeForAddressesToo) {
  EXPECT_EQ(parsed(make_challenge_certificate("192.0.2.7", "k").value()).names(), std::vector<std::string>{"192.0.2.7"});
  EXPECT_EQ(parsed(make_challenge_certificate("2001:DB8::1", "k").value()).names(), std::vector<std::string>{"2001:db8::1"});
}

TEST(ChallengeCertificate, IsRefusedForWhatIsNoName) {
  for (const auto* name : {"", "*.example.org", "a b", "a,DNS:b"}) EXPECT_FALSE(make_challenge_certificate(name, "k")) << name;
}

TEST(ChallengeBoard, AnswersOverHttpByToken) {
  ChallengeBoard board;
  ASSERT_TRUE(board.put("pod.example.org", "token", "token.thumbprint"));
  EXPECT_EQ(board.http_answer("token"), "token.thumbprint");
  EXPECT_EQ(board.http_answer("toke"), std::nullopt);
  EXPECT_EQ(board.http_answer(""), std::nullopt);
  board.remove("token");
  EXPECT_EQ(board.http_answer("token"), std::nullopt);
  board.remove("token");  // once more does no harm
}

TEST(ChallengeBoard, AnswersOverTlsByNameWithTheSamePointerEachTime) {
  ChallengeBoard board;
  ASSERT_TRUE(board.put("pod.example.org", "token", "token.thumbprint"));
  const auto answer = board.tls_answer("POD.example.org");
  ASSERT_TRUE(answer);
  EXPECT_EQ(board.tls_answer("pod.example.org"), answer);
  EXPECT_EQ(board.tls_answer("other.example.org"), nullptr);
  EXPECT_EQ(board.tls_answer(""), nullptr);
  board.remove("token");
  EXPECT_EQ(board.tls_answer("pod.example.org"), nullptr);
}

TEST(ChallengeBoard, AnswersWithTheLatestProofOfAName) {
  ChallengeBoard board;
  ASSERT_TRUE(board.put("pod.example.org", "z-first", "1"));
  ASSERT_TRUE(board.put("pod.example.org", "a-second", "2"));
  const auto second = board.tls_answer("pod.example.org");
  EXPECT_EQ(extension(parsed(*second), "1.3.6.1.5.5.7.1.31"), "critical 0420" + crypto::sha256(as_bytes("2")).hex());
  board.remove("a-second");
  const auto first = board.tls_answer("pod.example.org");
  ASSERT_TRUE(first);
  EXPECT_EQ(extension(parsed(*first), "1.3.6.1.5.5.7.1.31"), "critical 0420" + crypto::sha256(as_bytes("1")).hex());
  EXPECT_EQ(board.http_answer("z-first"), "1");
}

TEST(ChallengeBoard, ResponsesForTwoOrdersOfOneHostAreKeptApart) {
  ChallengeBoard board;
  ASSERT_TRUE(board.put("pod.example.org", "one", "1"));
  ASSERT_TRUE(board.put("pod.example.org+rsa", "two", "2"));
  EXPECT_NE(board.tls_answer("pod.example.org"), nullptr);
  board.withdraw("pod.example.org");
  EXPECT_EQ(board.http_answer("one"), std::nullopt);
  EXPECT_EQ(board.http_answer("two"), "2");
  const auto left = board.tls_answer("pod.example.org");
  ASSERT_NE(left, nullptr);
  EXPECT_EQ(extension(parsed(*left), "1.3.6.1.5.5.7.1.31"), "critical 0420" + crypto::sha256(as_bytes("2")).hex());
  board.withdraw("pod.example.org+rsa");
  EXPECT_EQ(board.tls_answer("pod.example.org"), nullptr);
  ASSERT_TRUE(board.put("192.0.2.7+rsa", "address", "3"));
  EXPECT_NE(board.tls_answer("7.2.0.192.in-addr.arpa"), nullptr);
}

TEST(ChallengeBoard, WithdrawsEveryProofOfANameAndNoOther) {
  ChallengeBoard board;
  ASSERT_TRUE(board.put("pod.example.org", "one", "1"));
  ASSERT_TRUE(board.put("pod.example.org", "two", "2"));
  ASSERT_TRUE(board.put("192.0.2.7", "address", "3"));
  ASSERT_TRUE(board.put("other.example.org", "three", "4"));
  board.withdraw("POD.example.org");
  EXPECT_EQ(board.http_answer("one"), std::nullopt);
  EXPECT_EQ(board.http_answer("two"), std::nullopt);
  EXPECT_EQ(board.tls_answer("pod.example.org"), nullptr);
  EXPECT_EQ(board.http_answer("address"), "3");
  board.withdraw("192.0.2.7");
  EXPECT_EQ(board.http_answer("address"), std::nullopt);
  EXPECT_EQ(board.http_answer("three"), "4");
}

TEST(ChallengeBoard, KnowsAnAddressByItsReverseName) {
  ChallengeBoard board;
  ASSERT_TRUE(board.put("192.0.2.7", "four", "k"));
  ASSERT_TRUE(board.put("2001:db8::1", "six", "k"));
  EXPECT_TRUE(board.tls_answer("7.2.0.192.in-addr.arpa"));
  EXPECT_TRUE(board.tls_answer("1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa"));
  EXPECT_FALSE(board.tls_answer("192.0.2.7"));
}

}  // namespace
}  // namespace carillon::acme
