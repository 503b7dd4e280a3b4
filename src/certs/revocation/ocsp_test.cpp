#include "certs/revocation/ocsp.hpp"

#include "certs/revocation/revocation_list.hpp"
#include "certs/revocation/testing/lists.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/ocsp.h>

namespace carillon::certs {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

constexpr Time kNow{std::chrono::sys_days{std::chrono::year{2026} / 11 / 24}};

/// What a responder says, and who signs it.
struct ResponseWanted {
  int status = V_OCSP_CERTSTATUS_GOOD;
  Time this_update = kNow - 1h;
  std::optional<Time> next_update = kNow + 24h;
  const EVP_MD* named_with = EVP_sha1();
};

class OcspResponses : public ::testing::Test {
 protected:
  static ASN1_GENERALIZEDTIME* moment(Time time) {
    return ASN1_GENERALIZEDTIME_set(nullptr, std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count());
  }
  std::string respond(const ResponseWanted& wanted, const crypto::Certificate& signer, const crypto::PrivateKey& key,
                      const crypto::Certificate& about) const {
    OCSP_BASICRESP* basic = OCSP_BASICRESP_new();
    OCSP_CERTID* id = OCSP_cert_to_id(wanted.named_with, about.native(), ca_.issuer().native());
    ASN1_GENERALIZEDTIME* from = moment(wanted.this_update);
    ASN1_GENERALIZEDTIME* until = wanted.next_update ? moment(*wanted.next_update) : nullptr;
    ASN1_GENERALIZEDTIME* revoked = wanted.status == V_OCSP_CERTSTATUS_REVOKED ? moment(kNow - 2h) : nullptr;
    OCSP_basic_add1_status(basic, id, wanted.status, OCSP_REVOKED_STATUS_KEYCOMPROMISE, revoked, from, until);
    EXPECT_EQ(OCSP_basic_sign(basic, signer.native(), key.native(), EVP_sha256(), nullptr, 0), 1);
    OCSP_RESPONSE* response = OCSP_response_create(OCSP_RESPONSE_STATUS_SUCCESSFUL, basic);
    unsigned char* text = nullptr;
    const int size = i2d_OCSP_RESPONSE(response, &text);
    std::string bytes{reinterpret_cast<const char*>(text), static_cast<std::size_t>(size)};
    OPENSSL_free(text);
    OCSP_RESPONSE_free(response);
    OCSP_BASICRESP_free(basic);
    OCSP_CERTID_free(id);
    for (auto* one : {from, until, revoked}) ASN1_GENERALIZEDTIME_free(one);
    return bytes;
  }
  std::string respond(const ResponseWanted& wanted) const { return respond(wanted, ca_.issuer(), ca_.key, leaf_); }
  RevocationAnswer read(std::string_view der) const { return read_ocsp_response(der, leaf_, ca_.issuer(), kNow); }
  /// A responder that this CA has signed, for this use.
  static crypto::Certificate responder(const testing::ListCa& ca, const char* usage, const crypto::PrivateKey& key) {
    auto made = ca.make({.common_name = "responder", .names = {}, .not_before = kNow - 1h, .not_after = kNow + 24h}, key);
    X509_EXTENSION_free(X509_delete_ext(made.native(), X509_get_ext_by_NID(made.native(), NID_ext_key_usage, -1)));
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, NID_ext_key_usage, usage);
    X509_add_ext(made.native(), extension, -1);
    X509_EXTENSION_free(extension);
    X509_sign(made.native(), ca.key.native(), EVP_sha256());
    return crypto::Certificate::from_der(made.to_der().value()).value();
  }

  testing::ListCa ca_{kNow};
  crypto::Certificate leaf_ = ca_.leaf(kNow, {});
};

TEST_F(OcspResponses, TheIssuerSaysGoodOrRevoked) {
  EXPECT_EQ(read(respond({})).status, RevocationStatus::good);
  const auto answer = read(respond({.status = V_OCSP_CERTSTATUS_REVOKED}));
  EXPECT_EQ(answer.status, RevocationStatus::revoked);
  EXPECT_EQ(answer.revoked_at, kNow - 2h);
  EXPECT_EQ(revocation_reason(answer.reason), "keyCompromise");
  EXPECT_EQ(read(respond({.status = V_OCSP_CERTSTATUS_REVOKED, .named_with = EVP_sha256()})).status, RevocationStatus::revoked);
  EXPECT_THAT(read(respond({.status = V_OCSP_CERTSTATUS_UNKNOWN})).problem, HasSubstr("doesn't know"));
}

TEST_F(OcspResponses, AResponderNeedsTheIssuersLeave) {
  const auto key = crypto::testing::make_key(crypto::testing::KeyKind::p256);
  const ResponseWanted revoked{.status = V_OCSP_CERTSTATUS_REVOKED};
  EXPECT_EQ(read(respond(revoked, responder(ca_, "OCSPSigning", key), key, leaf_)).status, RevocationStatus::revoked);
  EXPECT_THAT(read(respond(revoked, responder(ca_, "serverAuth", key), key, leaf_)).problem,
              HasSubstr("isn't signed by the certificate's CA"));
  const testing::ListCa stranger{kNow};
  EXPECT_THAT(read(respond(revoked, responder(stranger, "OCSPSigning", key), key, leaf_)).problem,
              HasSubstr("isn't signed by the certificate's CA"));
  EXPECT_THAT(read(respond(revoked, stranger.issuer(), stranger.key, leaf_)).problem, HasSubstr("isn't signed by the certificate's CA"));
}

TEST_F(OcspResponses, ItSpeaksOfThisCertificateInItsTime) {
  EXPECT_THAT(read(respond({}, ca_.issuer(), ca_.key, ca_.leaf(kNow, {}))).problem, HasSubstr("a different certificate"));
  EXPECT_THAT(read(respond({.next_update = kNow - 1h})).problem, HasSubstr("out of date"));
  EXPECT_THAT(read(respond({.this_update = kNow - 25h, .next_update = {}})).problem, HasSubstr("out of date"));
  EXPECT_THAT(read(respond({.this_update = kNow + 1h})).problem, HasSubstr("dated in the future"));
}

TEST_F(OcspResponses, WhatIsNoResponseSaysNothing) {
  const auto whole = respond({.status = V_OCSP_CERTSTATUS_REVOKED});
  for (std::size_t length = 0; length < whole.size(); ++length)
    ASSERT_EQ(read(std::string_view{whole}.substr(0, length)).status, RevocationStatus::unknown) << length;
  EXPECT_THAT(read(std::string_view{"\x30\x03\x0a\x01\x03", 5}).problem, HasSubstr("refuses to answer (trylater)"));
}

TEST_F(OcspResponses, ARequestNamesTheCertificate) {
  const auto der = ocsp_request(leaf_, ca_.issuer());
  ASSERT_TRUE(der);
  EXPECT_THAT(*der, HasSubstr(serial_bytes(leaf_)));
}

}  // namespace
}  // namespace carillon::certs
