#include "certs/serving/local_ca.hpp"

#include "base/file.hpp"
#include "base/testing/testing.hpp"
#include "certs/serving/certificate_table.hpp"

#include <gtest/gtest.h>

#include <sys/stat.h>

namespace carillon::certs {
namespace {

using carillon::testing::ManualClock;
using carillon::testing::TemporaryFolder;

class LocalAuthority : public ::testing::Test {
 protected:
  std::unique_ptr<LocalCa> open() { return LocalCa::open(folder_.path() / "ca", clock_, random_).value(); }
  static crypto::Certificate parsed(const Leaf& leaf) { return std::move(crypto::Certificate::chain_from_pem(leaf.pem).value().front()); }

  TemporaryFolder folder_;
  ManualClock clock_;
  SystemRandom random_;
};

TEST_F(LocalAuthority, SignsNamesThatAreNotPublic) {
  const auto authority = open();
  for (const auto* name : {"localhost", "pod.test", "10.1.2.3", "fd00::1", "studio.internal"}) {
    const auto leaf = authority->issue(name);
    ASSERT_TRUE(leaf) << name << ": " << leaf.error().message;
    const auto good = crypto::verify(parsed(*leaf), {}, std::span{&authority->root(), 1}, name, clock_.now());
    EXPECT_TRUE(good) << name << ": " << good.error().message;
    EXPECT_EQ(leaf->not_after - clock_.now(), kLeafLifetime);
  }
  const auto local = authority->issue("localhost").value();
  EXPECT_TRUE(crypto::verify(parsed(local), {}, std::span{&authority->root(), 1}, "127.0.0.1", clock_.now()));
  EXPECT_TRUE(crypto::verify(parsed(local), {}, std::span{&authority->root(), 1}, "::1", clock_.now()));
}

TEST_F(LocalAuthority, RefusesPublicNamesAndSoDoesEveryClient) {
  const auto authority = open();
  for (const auto* name : {"example.com", "pod.example.org", "192.0.2.7", "2001:db8::1", "notlocalhost"}) {
    const auto leaf = authority->issue(name);
    ASSERT_FALSE(leaf) << name;
    EXPECT_EQ(leaf.error().kind, ErrorKind::refused);
  }
  // Somebody who stole the key and signs a public name gets nowhere: the constraint is in the root itself.
  const auto key = crypto::PrivateKey::generate_p256().value();
  const auto root_key = crypto::PrivateKey::from_pem(read_file(folder_.path() / "ca" / "root.key").value()).value();
  const auto forged = crypto::make_leaf({.common_name = "example.com",
                                         .names = {"example.com"},
                                         .not_before = clock_.now(),
                                         .not_after = clock_.now() + std::chrono::days{1}},
                                        key, authority->root(), root_key, random_);
  ASSERT_TRUE(forged);
  EXPECT_FALSE(crypto::verify(*forged, {}, std::span{&authority->root(), 1}, "example.com", clock_.now()));
}

TEST_F(LocalAuthority, StaysTheSameOverARestartAndKeepsItsKeyToItself) {
  const auto serial = open()->root().serial_hex();
  EXPECT_EQ(open()->root().serial_hex(), serial);
  struct stat facts{};
  ASSERT_EQ(::stat((folder_.path() / "ca" / "root.key").c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777U, 0600U);
}

TEST_F(LocalAuthority, SaysWhenItsKeyIsOfAnotherOne) {
  open();
  const auto other = crypto::PrivateKey::generate_p256().value();
  ASSERT_TRUE(write_file(folder_.path() / "ca" / "root.key", other.to_pem().value()));
  const auto opened = LocalCa::open(folder_.path() / "ca", clock_, random_);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().kind, ErrorKind::corrupt);
}

TEST(CertificateTable, FindsExactNamesThenWildcardsThenTheDefault) {
  CertificateTable table;
  const auto one = std::make_shared<const net::CertificateForTls>();
  const auto all = std::make_shared<const net::CertificateForTls>();
  table.put("a.test", one);
  table.put("*.b.test", all);
  EXPECT_EQ(table.certificate_for("A.Test"), one);
  EXPECT_EQ(table.certificate_for("x.b.test"), all);
  EXPECT_EQ(table.certificate_for("x.y.b.test"), nullptr);
  EXPECT_EQ(table.certificate_for("b.test"), nullptr);
  EXPECT_EQ(table.certificate_for(""), one);
}

TEST(CertificateTable, GivesClientsWithoutANameTheCertificateOfTheOnlyAddress) {
  CertificateTable table;
  const auto named = std::make_shared<const net::CertificateForTls>(), one = std::make_shared<const net::CertificateForTls>(),
             other = std::make_shared<const net::CertificateForTls>();
  table.put("a.test", named);
  table.set_default("a.test");
  table.put("192.0.2.7", one);
  EXPECT_EQ(table.certificate_for(""), one);
  EXPECT_EQ(table.certificate_for("a.test"), named);
  table.put("2001:db8::1", other);
  EXPECT_EQ(table.certificate_for(""), named) << "there are several";
  EXPECT_EQ(table.certificate_for("2001:db8::1"), other);
  table.remove("2001:db8::1");
  EXPECT_EQ(table.certificate_for(""), one);
  table.remove("192.0.2.7");
  EXPECT_EQ(table.certificate_for(""), named);
}

TEST(CertificateTable, KnowsWhoseCertificateIsServed) {
  CertificateTable table;
  const auto alone = std::make_shared<const net::CertificateForTls>(), shared = std::make_shared<const net::CertificateForTls>();
  table.put("a.test", alone);
  table.hand_over("a.test", "site");
  table.remove("a.test");
  EXPECT_EQ(table.certificate_for("a.test"), alone) << "it is the group's now";
  table.put("a.test", shared, "site");
  table.put("b.test", shared, "site");
  table.remove("site", {"a.test"});
  EXPECT_EQ(table.certificate_for("a.test"), shared);
  EXPECT_FALSE(table.has("b.test"));
  table.remove("site");
  EXPECT_EQ(table.size(), 0U);
}

}  // namespace
}  // namespace carillon::certs
