#include "crypto/certificate.hpp"

#include "base/testing/testing.hpp"
#include "crypto/certificate_maker.hpp"
#include "crypto/hmac.hpp"
#include "crypto/sha256.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace carillon::crypto {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class UnderARoot : public ::testing::Test {
 protected:
  Certificate leaf_for(const std::vector<std::string>& names) {
    const LeafRequest request{
        .common_name = "leaf", .names = names, .not_before = now_ - std::chrono::hours{1}, .not_after = now_ + std::chrono::days{7}};
    return make_leaf(request, key_, root_, root_key_, random_).value();
  }
  Result<> verified(const Certificate& leaf, std::string_view name, Duration later = {}) {
    std::vector<Certificate> roots;
    roots.push_back(Certificate::from_der(root_.to_der().value()).value());
    return verify(leaf, {}, roots, name, now_ + later);
  }

  testing::SeededRandom random_;
  Time now_ = std::chrono::sys_days{std::chrono::year{2026} / 11 / 24};
  PrivateKey root_key_ = PrivateKey::generate_p256().value();
  PrivateKey key_ = PrivateKey::generate_p256().value();
  Certificate root_ = make_root({.common_name = "root",
                                 .not_before = now_ - std::chrono::hours{1},
                                 .not_after = now_ + std::chrono::days{3650},
                                 .permitted_dns = {"localhost", ".test"},
                                 .permitted_networks = {"127.0.0.0/255.0.0.0"}},
                                root_key_, random_)
                          .value();
};

TEST_F(UnderARoot, ALeafIsGoodForItsNamesAndNoOther) {
  const auto leaf = leaf_for({"localhost", "*.pod.test", "127.0.0.1"});
  EXPECT_THAT(leaf.names(), ElementsAre("localhost", "*.pod.test", "127.0.0.1"));
  for (const auto* name : {"localhost", "a.pod.test", "127.0.0.1"}) EXPECT_TRUE(verified(leaf, name)) << name;
  for (const auto* name : {"pod.test", "a.b.pod.test", "other.test", "127.0.0.2"})
    EXPECT_EQ(verified(leaf, name).error().kind, ErrorKind::refused) << name;
}

TEST_F(UnderARoot, ALeafIsGoodInItsTimeAlone) {
  const auto leaf = leaf_for({"localhost"});
  EXPECT_TRUE(verified(leaf, "localhost", std::chrono::days{6}));
  EXPECT_FALSE(verified(leaf, "localhost", std::chrono::days{8}));
  EXPECT_FALSE(verified(leaf, "localhost", -std::chrono::hours{2}));
  EXPECT_EQ(leaf.not_after(), now_ + std::chrono::days{7});
}

TEST_F(UnderARoot, TheConstraintsOfTheRootHold) {
  EXPECT_THAT(verified(leaf_for({"pod.example.org"}), "pod.example.org").error().message, HasSubstr("permitted"));
  EXPECT_FALSE(verified(leaf_for({"10.0.0.1"}), "10.0.0.1"));
}

TEST_F(UnderARoot, ALeafCannotSign) {
  const auto between = leaf_for({"localhost"});
  const LeafRequest request{
      .common_name = "below", .names = {"localhost"}, .not_before = now_ - std::chrono::hours{1}, .not_after = now_ + std::chrono::days{1}};
  const auto below = make_leaf(request, key_, between, key_, random_).value();
  std::vector<Certificate> intermediates, roots;
  intermediates.push_back(Certificate::from_der(between.to_der().value()).value());
  roots.push_back(Certificate::from_der(root_.to_der().value()).value());
  EXPECT_FALSE(verify(below, intermediates, roots, "localhost", now_));
}

TEST_F(UnderARoot, WhatIsWrittenIsRead) {
  const auto leaf = leaf_for({"localhost"});
  const auto chain = Certificate::chain_from_pem(leaf.to_pem().value() + key_.to_pem().value() + root_.to_pem().value()).value();
  ASSERT_EQ(chain.size(), 2U);
  EXPECT_EQ(chain[0].serial_hex(), leaf.serial_hex());
  EXPECT_EQ(chain[1].to_der().value(), root_.to_der().value());
  EXPECT_FALSE(Certificate::from_der(leaf.to_der().value() + "x"));
  EXPECT_FALSE(Certificate::from_der(leaf.to_der().value().substr(0, 100)));
  EXPECT_FALSE(Certificate::chain_from_pem("no certificate"));
  std::string many;
  for (std::size_t i = 0; i <= kLongestChain; ++i) many += leaf.to_pem().value();
  EXPECT_FALSE(Certificate::chain_from_pem(many));
}

TEST_F(UnderARoot, AKeyBelongsToOneCertificate) {
  const auto leaf = leaf_for({"localhost"});
  EXPECT_TRUE(leaf.matches(key_));
  EXPECT_FALSE(leaf.matches(root_key_));
}

TEST_F(UnderARoot, NamesCannotSmuggleInAnotherExtension) {
  for (const auto* bad : {"a.test,DNS:b.test", "a.test\nkeyUsage=keyCertSign", "", "@section", "a b.test"}) {
    const LeafRequest request{.common_name = "leaf", .names = {bad}, .not_before = now_, .not_after = now_ + std::chrono::days{1}};
    EXPECT_FALSE(make_leaf(request, key_, root_, root_key_, random_)) << bad;
  }
}

TEST(PrivateKey, GoesThereAndBackAndIsNothingElse) {
  const auto key = PrivateKey::generate_p256().value();
  EXPECT_EQ(PrivateKey::from_der(key.to_der().value()).value().to_pem().value(), key.to_pem().value());
  EXPECT_EQ(PrivateKey::from_pem(key.to_pem().value()).value().to_der().value(), key.to_der().value());
  EXPECT_FALSE(PrivateKey::from_der(key.to_der().value() + "x"));
  EXPECT_FALSE(PrivateKey::from_der(""));
  // Nobody is asked for the passphrase of an encrypted one.
  EXPECT_FALSE(
      PrivateKey::from_pem("-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIGjMF8GCSqGSIb3DQEFDTBS\n-----END ENCRYPTED PRIVATE KEY-----\n"));
}

TEST(IsIpAddress, KnowsBothFamilies) {
  for (const auto* address : {"192.0.2.7", "::1", "2001:db8::1"}) EXPECT_TRUE(is_ip_address(address)) << address;
  for (const auto* other : {"localhost", "192.0.2", "192.0.2.256", "[::1]", "", "1.2.3.4.test"})
    EXPECT_FALSE(is_ip_address(other)) << other;
}

// FIPS 180-4's example, and RFC 4231's test case 2.
TEST(Sha256, IsTheStandards) {
  EXPECT_EQ(sha256(as_bytes("abc")).hex(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  Sha256 pieces;
  pieces.update(as_bytes("a"));
  pieces.update({});
  pieces.update(as_bytes("bc"));
  EXPECT_EQ(pieces.finish(), sha256(as_bytes("abc")));
}

TEST(Hmac, IsTheStandards) {
  EXPECT_EQ(hmac_sha256(as_bytes("Jefe"), as_bytes("what do ya want for nothing?")).hex(),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

}  // namespace
}  // namespace carillon::crypto
