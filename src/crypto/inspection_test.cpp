// What is wrong with a chain is called by its name, and by no other.

#include "crypto/inspection.hpp"

#include "base/testing/testing.hpp"
#include "crypto/testing/authority.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <openssl/evp.h>

#include <map>

namespace carillon::crypto {
namespace {

using namespace std::chrono_literals;
using testing::copy_of;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::Kind;

const std::string kName = "www.example.org";

class Inspection : public ::testing::Test {
 protected:
  [[nodiscard]] std::vector<Finding> found(Kind kind) const { return found(authority_.make(kind, kName).chain); }
  [[nodiscard]] std::vector<Finding> found(const std::vector<Certificate>& chain) const {
    return trust_.inspect(chain, kName, clock_.now());
  }

  carillon::testing::ManualClock clock_;
  testing::Authority authority_{clock_.now()};
  Trust trust_ = std::move(Trust::in(authority_.roots())).value();
};

TEST_F(Inspection, EachKindHasItsNameAndNoOther) {
  const std::map<Kind, std::vector<Finding>> expected{
      {Kind::good, {}},
      {Kind::expired, {Finding::expired}},
      {Kind::not_yet_valid, {Finding::not_yet_valid}},
      {Kind::self_signed, {Finding::self_signed}},
      {Kind::wrong_host, {Finding::wrong_name}},
      {Kind::incomplete_chain, {Finding::incomplete_chain}},
      {Kind::reversed_chain, {Finding::reversed_chain}},
      {Kind::untrusted_root, {Finding::untrusted}},
      {Kind::sha1_intermediate, {Finding::weak_signature}},
      {Kind::rsa1024, {Finding::weak_key}},
      {Kind::thousand_names, {}},
      {Kind::out_of_constraints, {Finding::untrusted}},
  };
  for (const auto kind : testing::kKinds) {
    EXPECT_EQ(found(kind), expected.at(kind)) << testing::name_of(kind);
    EXPECT_EQ(inspect(authority_.make(kind, kName).chain, kName, authority_.roots(), clock_.now()), expected.at(kind))
        << testing::name_of(kind);
  }
}

TEST_F(Inspection, SeveralThingsAreToldInOneOrder) {
  const auto key = testing::make_key(testing::KeyKind::rsa1024);
  std::vector<Certificate> chain;
  chain.push_back(testing::sign({"old", {"elsewhere.example"}, clock_.now() - 48h, clock_.now() - 24h}, key, nullptr, key));
  EXPECT_THAT(found(chain), ElementsAre(Finding::expired, Finding::self_signed, Finding::wrong_name, Finding::weak_key));
}

TEST_F(Inspection, TheDatesAreReadAsClientsReadThem) {
  const auto served = authority_.make(kName, clock_.now(), clock_.now() + 1h);
  EXPECT_THAT(trust_.inspect(served.chain, kName, clock_.now() - 1s), ElementsAre(Finding::not_yet_valid));
  EXPECT_THAT(trust_.inspect(served.chain, kName, clock_.now()), IsEmpty());
  EXPECT_THAT(trust_.inspect(served.chain, kName, clock_.now() + 1h - 1s), IsEmpty());
  EXPECT_THAT(trust_.inspect(served.chain, kName, clock_.now() + 1h), ElementsAre(Finding::expired))
      << "OpenSSL takes the last second away";
}

TEST_F(Inspection, AnIntermediateThatEndedCountsAsExpired) {
  // The leaf outlives what vouches for it.
  const auto served = authority_.make(kName, clock_.now(), clock_.now() + std::chrono::days{36'500});
  EXPECT_THAT(trust_.inspect(served.chain, kName, clock_.now() + std::chrono::days{3'000}), IsEmpty());
  EXPECT_THAT(trust_.inspect(served.chain, kName, clock_.now() + std::chrono::days{4'000}), ElementsAre(Finding::expired));
}

TEST_F(Inspection, AForeignCertificateInTheChainIsTolerated) {
  auto served = authority_.make(Kind::good, kName);
  served.chain.push_back(copy_of(authority_.make(Kind::expired, "other.example").chain.front()));
  EXPECT_THAT(found(served.chain), IsEmpty());
  EXPECT_THAT(ordered(served.chain), ElementsAre(0U, 1U));
}

TEST_F(Inspection, ALeafSentTwiceIsNotReversed) {
  auto served = authority_.make(Kind::good, kName);
  served.chain.insert(served.chain.begin(), copy_of(served.chain.front()));
  EXPECT_THAT(found(served.chain), IsEmpty());
}

TEST_F(Inspection, AFileThatBeginsWithTheRootIsReversedAndItsLeafIsStillTheLeaf) {
  auto served = authority_.make(Kind::good, kName);
  std::ranges::reverse(served.chain);
  served.chain.insert(served.chain.begin(), copy_of(authority_.root()));
  EXPECT_THAT(found(served.chain), ElementsAre(Finding::reversed_chain));
  EXPECT_THAT(ordered(served.chain), ElementsAre(2U, 1U, 0U));
}

TEST_F(Inspection, ALoneLeafOfAnUnknownIssuerMayBeEitherUntilItsIssuerIsKnown) {
  auto known = authority_.make(Kind::good, kName).chain;
  auto foreign = authority_.make(Kind::untrusted_root, kName).chain;
  std::vector<Certificate> lone, lone_foreign;
  lone.push_back(copy_of(known.front()));
  lone_foreign.push_back(copy_of(foreign.front()));
  EXPECT_THAT(found(lone), ElementsAre(Finding::untrusted, Finding::incomplete_chain));
  EXPECT_THAT(trust_.inspect(lone, kName, clock_.now(), std::span{known}.subspan(1)), ElementsAre(Finding::incomplete_chain));
  EXPECT_THAT(trust_.inspect(lone_foreign, kName, clock_.now(), std::span{foreign}.subspan(1)),
              ElementsAre(Finding::untrusted, Finding::incomplete_chain));
}

TEST_F(Inspection, ATrustedSelfSignedCertificateIsFine) {
  const auto served = authority_.make(Kind::self_signed, kName);
  EXPECT_THAT(inspect(served.chain, kName, served.chain, clock_.now()), IsEmpty());
  EXPECT_TRUE(trust_.holds(authority_.root()));
  EXPECT_FALSE(trust_.holds(served.chain.front()));
}

TEST_F(Inspection, NoNameAsksForNoName) {
  EXPECT_THAT(trust_.inspect(authority_.make(Kind::wrong_host, kName).chain, "", clock_.now()), IsEmpty());
}

TEST_F(Inspection, AddressesAndWildcardsAreNames) {
  EXPECT_TRUE(is_good_for(authority_.make(Kind::good, "192.0.2.7").chain.front(), "192.0.2.7"));
  EXPECT_FALSE(is_good_for(authority_.make(Kind::good, "192.0.2.7").chain.front(), "192.0.2.8"));
  EXPECT_FALSE(is_good_for(authority_.make(Kind::good, "192.0.2.7").chain.front(), std::string_view{"192.0.2.7\0.example.org", 21}));
  EXPECT_FALSE(is_ip_address(std::string_view{"::\0x", 4}));
  EXPECT_TRUE(is_good_for(authority_.make(Kind::good, "2001:db8::1").chain.front(), "2001:db8:0::1"));
  const auto wildcard = authority_.make(Kind::good, "*.example.org");
  EXPECT_TRUE(is_good_for(wildcard.chain.front(), "WWW.example.org."));
  EXPECT_FALSE(is_good_for(wildcard.chain.front(), "a.www.example.org"));
  EXPECT_FALSE(is_good_for(wildcard.chain.front(), "example.org"));
  EXPECT_FALSE(is_good_for(wildcard.chain.front(), "leaf")) << "the common name is no name";
}

TEST_F(Inspection, WhatACertificateSaysIsRead) {
  const auto key = testing::make_key(testing::KeyKind::rsa2048);
  testing::Wanted wanted{"x", {kName}, clock_.now(), clock_.now() + 1h};
  wanted.issuer_url = "http://ca.example/issuer.der";
  wanted.revocation_list = "http://ca.example/list.crl";
  const auto certificate = testing::sign(wanted, key, nullptr, key);
  EXPECT_THAT(issuer_urls(certificate), ElementsAre("http://ca.example/issuer.der"));
  EXPECT_THAT(revocation_list_urls(certificate), ElementsAre("http://ca.example/list.crl"));
  EXPECT_EQ(key_description(certificate), "RSA 2048");
  EXPECT_EQ(signature_algorithm(certificate), "sha256WithRSAEncryption");
  EXPECT_EQ(fingerprint(certificate).size(), 64U);
  EXPECT_TRUE(is_self_issued(certificate));

  const auto good = authority_.make(Kind::good, kName);
  EXPECT_EQ(issuer_of(good.chain.front()), "Test Intermediate");
  EXPECT_EQ(key_description(good.chain.front()), "P-256");
  EXPECT_EQ(signature_algorithm(good.chain.front()), "ecdsa-with-SHA256");
  EXPECT_THAT(issuer_urls(good.chain.front()), IsEmpty());
  EXPECT_THAT(revocation_list_urls(good.chain.front()), IsEmpty());
  EXPECT_FALSE(is_self_issued(good.chain.front()));
  EXPECT_NE(fingerprint(good.chain.front()), fingerprint(certificate));
}

TEST_F(Inspection, ABundleIsReadAroundWhatIsBroken) {
  const auto good = authority_.make(Kind::good, kName);
  const auto pem = good.chain[0].to_pem().value() + "# a comment\n" + good.key->to_pem().value() +
                   "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n" + good.chain[1].to_pem().value();
  const auto read = roots_from_pem(pem);
  ASSERT_TRUE(read) << read.error().message;
  ASSERT_EQ(read->size(), 2U);
  EXPECT_EQ(fingerprint((*read)[1]), fingerprint(good.chain[1]));
  EXPECT_EQ(roots_from_pem(good.key->to_pem().value()).error().kind, ErrorKind::invalid);
}

TEST(SystemRoots, AreThere) {
  const auto roots = system_roots();
  ASSERT_TRUE(roots) << roots.error().message;
  EXPECT_GT(roots->size(), 50U);
}

}  // namespace
}  // namespace carillon::crypto
