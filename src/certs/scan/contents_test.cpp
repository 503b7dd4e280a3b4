// Certificates come out of whatever they are kept in. The containers are made here by OpenSSL, Java's keystores by hand.

#include "certs/scan/contents.hpp"

#include "base/encoding.hpp"
#include "base/testing/testing.hpp"
#include "crypto/inspection.hpp"
#include "crypto/testing/authority.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/pkcs7.h>

namespace carillon::certs {
namespace {

using crypto::testing::Kind;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

template <auto encode, class Object>
std::string der_of(Object* object) {
  unsigned char* bytes = nullptr;
  const int length = encode(object, &bytes);
  std::string der(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(length));
  OPENSSL_free(bytes);
  return der;
}

class FilesOfCertificates : public ::testing::Test {
 protected:
  static std::string pem_of(const crypto::testing::Served& served) {
    std::string pem;
    for (const auto& certificate : served.chain) pem += certificate.to_pem().value();
    return pem;
  }
  static std::string pkcs7_of(const crypto::testing::Served& served) {
    PKCS7* container = PKCS7_new();
    PKCS7_set_type(container, NID_pkcs7_signed);
    PKCS7_content_new(container, NID_pkcs7_data);
    for (const auto& certificate : served.chain) PKCS7_add_certificate(container, certificate.native());
    auto der = der_of<i2d_PKCS7>(container);
    PKCS7_free(container);
    return der;
  }
  /// `algorithm` -1: the certificates are not encrypted.
  static std::string pkcs12_of(const crypto::testing::Served& served, const char* password, int algorithm, int rounds = 2048) {
    STACK_OF(X509)* others = sk_X509_new_null();
    for (std::size_t i = 1; i < served.chain.size(); ++i) sk_X509_push(others, served.chain[i].native());
    PKCS12* container = PKCS12_create(password, "www", nullptr, served.chain[0].native(), others, -1, algorithm, rounds, -1, 0);
    auto der = der_of<i2d_PKCS12>(container);
    PKCS12_free(container);
    sk_X509_free(others);
    return der;
  }
  static void put(std::string& out, std::uint64_t number, int size) {
    for (int i = size - 1; i >= 0; --i) out += static_cast<char>(number >> (8U * static_cast<unsigned>(i)));
  }
  static void put_text(std::string& out, std::string_view text) {
    put(out, text.size(), 2);
    out += text;
  }
  static void put_certificate(std::string& out, const crypto::Certificate& certificate) {
    put_text(out, "X.509");
    const auto der = certificate.to_der().value();
    put(out, der.size(), 4);
    out += der;
  }
  /// A key with its chain, and a certificate that is trusted.
  std::string keystore(std::uint64_t magic = 0xFEEDFEED) {
    std::string out;
    put(out, magic, 4);
    put(out, 2, 4);
    put(out, 2, 4);
    put(out, 1, 4);
    put_text(out, "tomcat");
    put(out, 0, 8);
    put(out, 7, 4);
    out += "a key..";
    put(out, good_.chain.size(), 4);
    for (const auto& certificate : good_.chain) put_certificate(out, certificate);
    put(out, 2, 4);
    put_text(out, "partner");
    put(out, 0, 8);
    put_certificate(out, other_.chain[0]);
    return out + std::string(20, 'd');
  }

  carillon::testing::ManualClock clock_;
  crypto::testing::Authority authority_{clock_.now()};
  crypto::testing::Served good_ = authority_.make(Kind::good, "www.example.org"), other_ = authority_.make(Kind::good, "b.example.org");
};

TEST_F(FilesOfCertificates, OneChainIsOne) {
  for (const auto& content : {pem_of(good_), good_.key->to_pem().value() + pem_of(good_), pkcs7_of(good_)}) {
    const auto contents = contents_of("a.pem", content);
    ASSERT_THAT(contents.chains, SizeIs(1));
    EXPECT_EQ(contents.chains[0].label, "");
    EXPECT_THAT(contents.chains[0].certificates, SizeIs(good_.chain.size()));
    EXPECT_EQ(contents.unread, "");
  }
  EXPECT_THAT(contents_of("a.der", good_.chain[0].to_der().value()).chains, SizeIs(1));
}

TEST_F(FilesOfCertificates, EachLeafOfAFileIsAChain) {
  const auto contents = contents_of("a.pem", pem_of(good_) + pem_of(other_));
  ASSERT_THAT(contents.chains, SizeIs(2));
  EXPECT_EQ(contents.chains[0].label, "www.example.org");
  EXPECT_EQ(contents.chains[1].label, "b.example.org");
  for (const auto& chain : contents.chains) {
    ASSERT_GE(chain.certificates.size(), 2U) << "with its issuer";
    EXPECT_EQ(X509_check_issued(chain.certificates[1].native(), chain.certificates[0].native()), X509_V_OK);
  }
}

TEST_F(FilesOfCertificates, MoreThanTenAreReadToo) {
  std::string pem;
  for (int i = 0; i < 15; ++i) pem += pem_of(authority_.make(Kind::good, "n" + std::to_string(i) + ".example"));
  const auto contents = contents_of("all.pem", pem);
  EXPECT_THAT(contents.chains, SizeIs(15));
  EXPECT_FALSE(contents.is_bundle);
  EXPECT_EQ(contents.chains[14].label, "n14.example");
}

TEST_F(FilesOfCertificates, ManyRootsAreABundle) {
  std::string pem;
  for (int i = 0; i < 11; ++i) pem += authority_.root().to_pem().value();
  const auto contents = contents_of("ca.pem", pem);
  EXPECT_TRUE(contents.is_bundle);
  EXPECT_THAT(contents.chains, SizeIs(11));
}

TEST_F(FilesOfCertificates, UnrelatedAuthoritiesAreSeparate) {
  const auto key = crypto::testing::make_key(crypto::testing::KeyKind::p256);
  const crypto::testing::Wanted wanted{.common_name = "Another root",
                                       .names = {},
                                       .not_before = clock_.now(),
                                       .not_after = clock_.now() + std::chrono::days{1},
                                       .is_authority = true};
  const auto root = crypto::testing::sign(wanted, key, nullptr, key);
  const auto contents = contents_of("roots.pem", authority_.root().to_pem().value() + root.to_pem().value());
  EXPECT_THAT(contents.chains, SizeIs(2)) << "the second one ends some day, too";
}

TEST_F(FilesOfCertificates, Pkcs7IsReadAsPem) {
  const auto der = pkcs7_of(good_);
  const auto base64 = to_base64(as_bytes(der));
  std::string pem = "-----BEGIN PKCS7-----\n";
  for (std::size_t i = 0; i < base64.size(); i += 64) pem += base64.substr(i, 64) + "\n";
  const auto contents = contents_of("a.p7b", pem + "-----END PKCS7-----\n");
  ASSERT_THAT(contents.chains, SizeIs(1));
  EXPECT_THAT(contents.chains[0].certificates, SizeIs(good_.chain.size()));
}

TEST_F(FilesOfCertificates, Pkcs12WithoutAPasswordIsRead) {
  for (const auto& content : {pkcs12_of(good_, "secret", -1), pkcs12_of(good_, "", NID_aes_256_cbc)}) {
    const auto contents = contents_of("a.p12", content);
    ASSERT_THAT(contents.chains, SizeIs(1)) << contents.unread;
    EXPECT_THAT(contents.chains[0].certificates, SizeIs(good_.chain.size()));
    EXPECT_EQ(contents.unread, "");
  }
}

TEST_F(FilesOfCertificates, Pkcs12WithAPasswordIsNamed) {
  for (const auto& content :
       {pkcs12_of(good_, "secret", NID_aes_256_cbc), pkcs12_of(good_, "", NID_aes_256_cbc, kMaxDerivationRounds + 1)}) {
    const auto contents = contents_of("a.p12", content);
    EXPECT_THAT(contents.chains, IsEmpty());
    EXPECT_THAT(contents.unread, HasSubstr("protected by a password"));
  }
}

TEST_F(FilesOfCertificates, KeystoresOfJavaNeedNoPassword) {
  for (const auto magic : {0xFEEDFEEDU, 0xCECECECEU}) {
    const auto contents = contents_of("keystore", keystore(magic));
    ASSERT_THAT(contents.chains, SizeIs(2)) << contents.unread;
    EXPECT_EQ(contents.chains[0].label, "tomcat");
    EXPECT_THAT(contents.chains[0].certificates, SizeIs(good_.chain.size()));
    EXPECT_EQ(contents.chains[1].label, "partner");
  }
}

TEST_F(FilesOfCertificates, AKeystoreThatIsTornSaysSo) {
  const auto whole = keystore();
  for (const auto length : {std::size_t{6}, std::size_t{40}, whole.size() - 21}) {
    const auto contents = contents_of("keystore", whole.substr(0, length));
    EXPECT_THAT(contents.unread, HasSubstr("damaged")) << length;
  }
  auto secret = whole;
  secret[15] = 3;
  EXPECT_THAT(contents_of("keystore", secret).unread, HasSubstr("the secret key before its entry “tomcat” can't be read"));
}

TEST_F(FilesOfCertificates, ValuesInBase64AreRead) {
  const auto base64 = [](const std::string& text) { return to_base64(as_bytes(text)); };
  const auto kubeconfig =
      "apiVersion: v1\nkind: Config\nclusters:\n- cluster:\n    certificate-authority-data: " + base64(authority_.root().to_pem().value()) +
      "\n    server: https://k8s.example:6443\nusers:\n- name: admin\n  user:\n    client-certificate-data: " + base64(pem_of(good_)) +
      "\n    client-key-data: " + base64(good_.key->to_pem().value()) + "\n- name: b\n  user:\n    client-certificate: certs/b.crt\n";
  const auto contents = contents_of("config", kubeconfig);
  ASSERT_THAT(contents.chains, SizeIs(2));
  EXPECT_EQ(contents.chains[0].label, "certificate-authority-data");
  EXPECT_EQ(contents.chains[1].label, "client-certificate-data");
  EXPECT_THAT(contents.references, ElementsAre("certs/b.crt"));
  const auto secret = contents_of("secret.json", R"({"data":{"ca.crt":"","tls.crt":")" + base64(pem_of(good_)) + R"(","tls.key":"x"}})");
  ASSERT_THAT(secret.chains, SizeIs(1));
  EXPECT_EQ(secret.chains[0].label, "tls.crt");
  EXPECT_THAT(contents_of("x.yaml", "tls.crt: LS0tLS1CRUdJTiBDRVJUSUZ=JQ\n").unread, HasSubstr("Base64"));
}

TEST_F(FilesOfCertificates, WhatIsDamagedOrUnknownIsNamed) {
  auto pem = pem_of(good_);
  pem[200] = '!';
  EXPECT_NE(contents_of("a.pem", pem).unread, "");
  EXPECT_THAT(contents_of("a.pem", pem).chains, SizeIs(1)) << "what is left of it is read";
  EXPECT_THAT(contents_of("a.pem", "").unread, HasSubstr("empty"));
  EXPECT_THAT(contents_of("a.crt", "junk").unread, HasSubstr("no certificate"));
  EXPECT_THAT(contents_of("a.bks", "junk").unread, HasSubstr("format isn't supported"));
  EXPECT_THAT(contents_of("cert9.db", "SQLite format 3").unread, HasSubstr("certutil"));
}

TEST_F(FilesOfCertificates, OtherFilesAreNone) {
  EXPECT_TRUE(contents_of("privkey.pem", good_.key->to_pem().value()).is_none());
  EXPECT_TRUE(contents_of("note.txt", "hello").is_none());
  EXPECT_TRUE(contents_of("a.bin", "0abc").is_none());
  EXPECT_TRUE(contents_of("request.pem", "-----BEGIN CERTIFICATE REQUEST-----\nMIIB\n-----END CERTIFICATE REQUEST-----\n").is_none());
}

}  // namespace
}  // namespace carillon::certs
