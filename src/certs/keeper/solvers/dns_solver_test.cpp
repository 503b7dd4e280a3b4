#include "certs/keeper/solvers/dns_solver.hpp"

#include "base/testing/testing.hpp"
#include "certs/keeper/testing/world.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace carillon::certs {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

constexpr auto kName = "*.example.org";
constexpr auto kRecord = "_acme-challenge.example.org";
constexpr auto kKeyAuthorization = "token.thumbprint";

class DnsSolverTest : public ::testing::Test {
 protected:
  DnsSolver& solver(std::vector<std::string> names = {}, std::vector<dns::ServerAddress> wait_for = {}) {
    DnsProviderSettings settings;
    settings.names = std::move(names);
    settings.hook = {"/bin/true"};
    settings.wait_for = std::move(wait_for);
    solver_ = std::make_unique<DnsSolver>(
        std::vector{settings}, resolver, clock, [this](const dns::ServerAddress& server, const std::string& name) {
          asked.push_back(server.address + " " + name);
          return texts.contains(server.address) ? Result<std::vector<std::string>>{texts.at(server.address)}
                                                : fail(ErrorKind::unavailable, "silence");
        });
    return *solver_;
  }
  /// Planned and presented.
  std::string presented() {
    const auto proof = solver_->plan(kName, kKeyAuthorization);
    EXPECT_TRUE(proof) << proof.error().message;
    EXPECT_EQ(solver_->present(kName, *proof), true);
    return proof.value_or("");
  }

  carillon::testing::ManualClock clock;
  testing::FakeResolver resolver;
  std::map<std::string, std::vector<std::string>> texts;
  std::vector<std::string> asked;
  std::unique_ptr<DnsSolver> solver_;
};

TEST_F(DnsSolverTest, ProofsSayWhereTheyAreWhateverAliasesSayLater) {
  resolver.set_alias(kRecord, "a.example.net");
  resolver.set_alias("a.example.net", "b.example.net");
  auto& dns = solver({"example.net"});
  ASSERT_TRUE(dns.check(kName));
  EXPECT_EQ(dns.plan(kName, kKeyAuthorization), "dns-01 b.example.net token.thumbprint");
  EXPECT_TRUE(dns.covers("dns-01 b.example.net token.thumbprint", kKeyAuthorization));
  EXPECT_FALSE(dns.covers("dns-01 b.example.net other.thumbprint", kKeyAuthorization));
  EXPECT_FALSE(dns.covers(kKeyAuthorization, kKeyAuthorization));
  resolver.set_alias("b.example.net", "a.example.net");
  EXPECT_THAT(dns.plan(kName, kKeyAuthorization).error().message, HasSubstr("leads through more than"));
}

TEST_F(DnsSolverTest, ANameWithoutAProviderSaysSo) {
  auto& dns = solver({"example.net"});
  EXPECT_FALSE(dns.serves(kName));
  EXPECT_THAT(dns.check(kName).error().message, HasSubstr("No DNS provider is configured for _acme-challenge.example.org"));
  EXPECT_FALSE(dns.plan(kName, kKeyAuthorization));
  EXPECT_FALSE(dns.take_back(kName, "dns-01 _acme-challenge.example.org token.thumbprint"));
  EXPECT_TRUE(dns.take_back(kName, "token.thumbprint")) << "one of the listeners";
}

TEST_F(DnsSolverTest, EveryNameServerOfTheZoneIsWaitedFor) {
  resolver.set_name_servers("example.org", {"ns2.example.org", "ns1.example.org"});
  auto& dns = solver();
  const auto proof = presented();
  texts["192.0.2.1"] = {"other"};
  EXPECT_EQ(dns.ready(kName, proof), false);
  EXPECT_THAT(asked, ::testing::Each("192.0.2.1 _acme-challenge.example.org"));
  texts["192.0.2.1"] = {"other", challenge_value(kKeyAuthorization)};
  EXPECT_EQ(dns.ready(kName, proof), true);
}

TEST_F(DnsSolverTest, OneThatNeverHasItIsNamed) {
  auto& dns = solver({}, {{.address = "192.0.2.7"}, {.address = "192.0.2.8"}});
  const auto proof = presented();
  texts = {{"192.0.2.7", {challenge_value(kKeyAuthorization)}}, {"192.0.2.8", {"other"}}};
  EXPECT_EQ(dns.ready(kName, proof), false);
  clock.advance(kDnsPatience);
  const auto late = dns.ready(kName, proof);
  ASSERT_FALSE(late);
  EXPECT_THAT(late.error().message, HasSubstr("192.0.2.8 has only other TXT records"));
  EXPECT_THAT(late.error().message, ::testing::Not(HasSubstr("192.0.2.7")));
  // Then it is presented once more, and waited for anew.
  EXPECT_EQ(dns.ready(kName, proof), false);
  EXPECT_EQ(dns.present(kName, proof), true);
  EXPECT_EQ(dns.ready(kName, proof), false);
}

TEST_F(DnsSolverTest, SilenceHoldsItUpForAMinuteOnly) {
  auto& dns = solver({}, {{.address = "192.0.2.7"}, {.address = "192.0.2.8"}});
  const auto proof = presented();
  texts["192.0.2.7"] = {challenge_value(kKeyAuthorization)};
  EXPECT_EQ(dns.ready(kName, proof), false);
  clock.advance(60s);
  EXPECT_EQ(dns.ready(kName, proof), true) << "the CA decides";
}

TEST_F(DnsSolverTest, UnknownNameServersHoldItUpForAMinuteOnly) {
  auto& dns = solver();
  const auto proof = presented();
  EXPECT_EQ(dns.ready(kName, proof), false);
  clock.advance(60s);
  EXPECT_EQ(dns.ready(kName, proof), true);
  EXPECT_TRUE(asked.empty());
}

}  // namespace
}  // namespace carillon::certs
