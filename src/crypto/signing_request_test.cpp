#include "crypto/signing_request.hpp"

#include <gtest/gtest.h>
#include <openssl/pem.h>

#include <array>

namespace carillon::crypto {
namespace {

using RequestHandle = std::unique_ptr<X509_REQ, FreeWith<X509_REQ_free>>;

RequestHandle parsed(const std::string& der) {
  auto cursor = reinterpret_cast<const unsigned char*>(der.data());
  return RequestHandle{d2i_X509_REQ(nullptr, &cursor, static_cast<long>(der.size()))};
}

/// "DNS:a, IP Address:1" as OpenSSL prints the subjectAltName, with "critical" in front.
std::string alternatives(X509_REQ* request) {
  auto* extensions = X509_REQ_get_extensions(request);
  std::string text;
  const int index = X509v3_get_ext_by_NID(extensions, NID_subject_alt_name, -1);
  if (index >= 0) {
    auto* extension = X509v3_get_ext(extensions, index);
    if (X509_EXTENSION_get_critical(extension) == 1) text = "critical ";
    BIO* out = BIO_new(BIO_s_mem());
    X509V3_EXT_print(out, extension, 0, 0);
    char* data = nullptr;
    const long length = BIO_get_mem_data(out, &data);
    text.append(data, static_cast<std::size_t>(length));
    BIO_free(out);
  }
  sk_X509_EXTENSION_pop_free(extensions, X509_EXTENSION_free);
  return text;
}

TEST(SigningRequest, HoldsTheNamesAndProvesTheKey) {
  const auto key = PrivateKey::generate_p256().value();
  const std::array<std::string, 4> names{"Pod.Example.org", "*.example.org", "192.0.2.7", "2001:db8::1"};
  const auto request = parsed(make_signing_request(names, key).value());
  ASSERT_TRUE(request);
  EXPECT_EQ(X509_REQ_verify(request.get(), key.native()), 1);
  EXPECT_EQ(X509_NAME_entry_count(X509_REQ_get_subject_name(request.get())), 0);
  EXPECT_EQ(alternatives(request.get()),
            "critical DNS:pod.example.org, DNS:*.example.org, IP Address:192.0.2.7, IP Address:2001:DB8:0:0:0:0:0:1");
}

TEST(SigningRequest, IsSignedByItsOwnKeyAlone) {
  const std::array<std::string, 1> names{"pod.example.org"};
  const auto request = parsed(make_signing_request(names, PrivateKey::generate_p256().value()).value());
  EXPECT_NE(X509_REQ_verify(request.get(), PrivateKey::generate_p256().value().native()), 1);
}

TEST(SigningRequest, WorksWithRsaOfTwoThousandBits) {
  const auto key = PrivateKey::generate_rsa2048().value();
  EXPECT_EQ(EVP_PKEY_get_bits(key.native()), 2048);
  const std::array<std::string, 1> names{"pod.example.org"};
  const auto request = parsed(make_signing_request(names, key).value());
  ASSERT_TRUE(request);
  EXPECT_EQ(X509_REQ_verify(request.get(), key.native()), 1);
}

TEST(SigningRequest, RefusesWhatIsNoName) {
  const auto key = PrivateKey::generate_p256().value();
  EXPECT_FALSE(make_signing_request({}, key));
  for (const std::string name : {"", "a b.org", "pod..org", ".org", "pod.org.", "a.*.org", "pod.org,DNS:evil.org",
                                 "p\xc3\xb6"
                                 "d.org",
                                 "1.2.3.4/8"}) {
    const std::array<std::string, 1> names{name};
    const auto made = make_signing_request(names, key);
    ASSERT_FALSE(made) << name;
    EXPECT_EQ(made.error().kind, ErrorKind::invalid);
  }
  const std::array<std::string, 1> too_long{std::string(64, 'a') + ".org"};
  EXPECT_FALSE(make_signing_request(too_long, key));
}

TEST(SigningRequest, ReadsTheSameAsPem) {
  const auto key = PrivateKey::generate_p256().value();
  const std::array<std::string, 1> names{"pod.example.org"};
  const auto der = make_signing_request(names, key).value();
  const auto pem = signing_request_pem(der).value();
  EXPECT_TRUE(pem.starts_with("-----BEGIN CERTIFICATE REQUEST-----\n")) << pem;
  BIO* in = BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
  const RequestHandle request{PEM_read_bio_X509_REQ(in, nullptr, nullptr, nullptr)};
  BIO_free(in);
  ASSERT_TRUE(request);
  EXPECT_EQ(X509_REQ_verify(request.get(), key.native()), 1);
  EXPECT_FALSE(signing_request_pem(der + "x"));
  EXPECT_FALSE(signing_request_pem("nonsense"));
}

}  // namespace
}  // namespace carillon::crypto
