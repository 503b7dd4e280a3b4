// A certificate with an RSA key beside the usual one, for the same host.

#include "base/file.hpp"
#include "certs/keeper/reports.hpp"
#include "certs/keeper/testing/world.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace carillon::certs {
namespace {

using std::chrono::days;
using std::chrono::hours;
using testing::KeeperWorld;

constexpr auto kName = "www.example.org";
constexpr auto kRsa = "www.example.org+rsa";

class RsaBesideTest : public ::testing::Test {
 protected:
  RsaBesideTest() {
    world.settings.look_every = std::chrono::minutes{30};
    world.start();
  }
  bool both_are_seen() {
    return world.run_until([&] { return world.is_seen(kName) && world.is_seen(kRsa); });
  }
  [[nodiscard]] bool serves_rsa_beside() const {
    const auto served = world.table->certificate_for(kName);
    if (!served || !served->beside) return false;
    const auto first = crypto::Certificate::from_der(served->chain_der.front());
    const auto second = crypto::Certificate::from_der(served->beside->chain_der.front());
    return first && second && !first->has_rsa_key() && second->has_rsa_key();
  }
  [[nodiscard]] std::string serial_of(const std::string& name) const { return world.keeper->find(name)->current.value().serial; }

  KeeperWorld world;
};

TEST_F(RsaBesideTest, BothAreOrderedServedAndVerifiedFromOutside) {
  world.keep(kName);
  world.keep(kRsa);
  ASSERT_TRUE(both_are_seen());
  EXPECT_TRUE(serves_rsa_beside());
  EXPECT_EQ(world.served(kName)->names(), std::vector<std::string>{kName});
  EXPECT_NE(serial_of(kName), serial_of(kRsa));
  EXPECT_EQ(world.keeper->find(kRsa)->kept.hosts(), std::vector<std::string>{kName});
  EXPECT_EQ(world.keeper->find(kRsa)->kept.spoken(), "www.example.org (RSA)");
  EXPECT_TRUE(world.incidents.open.empty());
  world.run_for(days{70});
  EXPECT_TRUE(both_are_seen());
  EXPECT_TRUE(serves_rsa_beside()) << "each renewal has the same kind of key again";
  EXPECT_EQ(world.keeper->find(kName)->state, "ok");
  EXPECT_EQ(world.keeper->find(kRsa)->state, "ok");
}

TEST_F(RsaBesideTest, ARestartServesBothAgain) {
  world.keep(kName);
  world.keep(kRsa);
  ASSERT_TRUE(both_are_seen());
  world.restart();
  EXPECT_TRUE(serves_rsa_beside());
}

TEST_F(RsaBesideTest, AtACaWithRsaKeysTheOtherOneIsRenewedWithAnEllipticCurve) {
  world.settings.issuers.front().key = crypto::KeyKind::rsa3072;
  world.start();
  world.keep(kName);
  ASSERT_TRUE(world.run_until([&] { return world.is_seen(kName); }));
  ASSERT_TRUE(world.served(kName)->has_rsa_key());
  const auto before = serial_of(kName);
  world.run_for(days{12});
  world.keep(kRsa);
  ASSERT_TRUE(world.run_until([&] { return serves_rsa_beside() && world.is_seen(kName) && world.is_seen(kRsa); }));
  EXPECT_NE(serial_of(kName), before);
  EXPECT_TRUE(world.incidents.open.empty());
}

TEST_F(RsaBesideTest, AServerThatLacksTheRsaCertificateIsReportedForThatOne) {
  world.keep(kName);
  world.keep(kRsa);
  ASSERT_TRUE(both_are_seen());
  world.table->remove(kRsa);
  world.run_for(hours{2});
  EXPECT_NE(world.incidents.find_open(kNotSeen, kRsa), nullptr);
  EXPECT_EQ(world.incidents.find_open(kNotSeen, kName), nullptr);
  EXPECT_EQ(world.keeper->find(kName)->state, "ok");
  world.restart();
  ASSERT_TRUE(world.run_until([&] { return world.incidents.find_open(kNotSeen, kRsa) == nullptr; }, hours{2}));
}

TEST_F(RsaBesideTest, EachCanBeRemovedAlone) {
  world.keep(kName);
  world.keep(kRsa);
  ASSERT_TRUE(both_are_seen());
  const auto usual = serial_of(kName);
  ASSERT_TRUE(world.keeper->forget(kRsa));
  EXPECT_EQ(world.served(kName)->serial_hex(), usual);
  EXPECT_EQ(world.table->certificate_for(kName)->beside, nullptr);
  world.keep(kRsa);
  ASSERT_TRUE(both_are_seen());
  ASSERT_TRUE(world.keeper->forget(kName));
  EXPECT_TRUE(world.served(kName)->has_rsa_key()) << "clients get the one that is left";
}

TEST_F(RsaBesideTest, TheNameIsNormalizedAndMustBeThatOfAHost) {
  world.keep("WWW.Example.org.+rsa");
  EXPECT_TRUE(world.keeper->find(kRsa));
  EXPECT_EQ(managed_name("WWW.Example.org.+rsa"), kRsa);
  for (const auto* name : {"+rsa", "www.example.org+ecdsa", "www.example.org+rsa+rsa", "a b+rsa"}) {
    const auto kept = world.keeper->keep({.name = name, .source = Source::person, .issuer = {}, .in_charge = {}, .port = 443});
    EXPECT_FALSE(kept) << name;
  }
  world.keep_groups({{"website", {"a.example.org", "b.example.org"}}});
  const auto kept = world.keeper->keep({.name = "website+rsa", .source = Source::person, .issuer = {}, .in_charge = {}, .port = 443});
  ASSERT_FALSE(kept);
  EXPECT_EQ(kept.error().message, "“website” is a group. Certificates with an RSA key are for one name each, e.g. “a.example.org+rsa”.");
}

TEST_F(RsaBesideTest, ANameInAGroupCanHaveOne) {
  world.keep_groups({{"website", {kName, "example.org"}}});
  world.keep(kRsa);
  ASSERT_TRUE(world.run_until([&] { return world.is_seen("website") && world.is_seen(kRsa); }));
  EXPECT_TRUE(serves_rsa_beside());
  world.restart();
  EXPECT_TRUE(serves_rsa_beside());
  world.run_for(hours{2});
  EXPECT_TRUE(world.incidents.open.empty());
}

TEST_F(RsaBesideTest, AnExportWritesBoth) {
  const auto folder = world.folder.path() / "tls";
  world.settings.exports = {{.name = kName, .folder = folder, .command = {}, .host = {}, .owner = {}, .group = {}}};
  world.start();
  world.keep(kName);
  world.keep(kRsa);
  ASSERT_TRUE(both_are_seen());
  const auto leaf_in = [&](const std::string& file) {
    const auto text = read_file(folder / file);
    const auto chain =
        text ? crypto::Certificate::chain_from_pem(*text) : Result<std::vector<crypto::Certificate>>{std::unexpected(text.error())};
    return chain ? chain->front().serial_hex() : std::string{};
  };
  EXPECT_EQ(leaf_in("www.example.org.pem"), serial_of(kName));
  EXPECT_EQ(leaf_in("www.example.org.rsa.pem"), serial_of(kRsa));
  EXPECT_EQ(leaf_in("www.example.org.rsa.combined.pem"), serial_of(kRsa));
  EXPECT_TRUE(std::filesystem::exists(folder / "www.example.org.rsa.key"));
  EXPECT_EQ(world.keeper->find(kName)->exports.size(), 1U);
  EXPECT_EQ(world.keeper->find(kRsa)->exports.at(0).state, "ok");
}

TEST_F(RsaBesideTest, OnePublishesNoResponseWhileTheCaValidatesTheOther) {
  world.keep(kName);
  world.keep(kRsa);
  std::size_t together = 0;
  world.run_until([&] {
    const auto ordered = [&](const char* name) { return world.step_of(name) == Step::ordered; };
    together += ordered(kName) && ordered(kRsa) ? 1U : 0U;
    return world.is_seen(kName) && world.is_seen(kRsa);
  });
  EXPECT_TRUE(world.is_seen(kRsa));
  EXPECT_EQ(together, 0U);
}

}  // namespace
}  // namespace carillon::certs
