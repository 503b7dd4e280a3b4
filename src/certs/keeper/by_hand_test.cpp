#include "certs/keeper/testing/world.hpp"
#include "crypto/testing/authority.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace carillon::certs {
namespace {

using std::chrono::days;
using std::chrono::hours;
using ::testing::HasSubstr;
using testing::KeeperWorld;

constexpr auto kName = "www.example.org";

struct ByHand : ::testing::Test {
  KeeperWorld world;
  const Time start = world.clock.now();
  /// Valid from `begin` to `end`, after the start of the test.
  Keeper::Import import(Duration begin, Duration end, const std::string& name = kName) {
    const crypto::testing::Authority hand{start};
    const auto made = hand.make(kName, start + begin, start + end);
    std::string pem;
    for (const auto& link : made.chain) pem += *link.to_pem();
    auto done = world.keeper->import_certificate(name, pem, *made.key->to_pem());
    EXPECT_TRUE(done) << (done ? "" : done.error().message);
    return done.value_or(Keeper::Import{});
  }
  /// The check that failed.
  static Keeper::Check failed(const Keeper::Import& done) {
    const auto found = std::ranges::find(done.checks, false, &Keeper::Check::passed);
    return found == done.checks.end() ? Keeper::Check{} : *found;
  }
};

TEST_F(ByHand, NoGapIsLeftBetweenTwoCertificates) {
  world.keep(kName, "manual");
  const auto first = import(-hours{1}, days{30});
  ASSERT_TRUE(first.certificate);
  const auto late = import(days{31}, days{90});
  EXPECT_FALSE(late.certificate);
  EXPECT_THAT(
      failed(late).what,
      ::testing::MatchesRegex(
          "It isn't valid before .*, but the active certificate is valid only until .*: in between, no certificate would be valid"));
  EXPECT_THAT(failed(late).advice,
              HasSubstr("Get one that is valid before the active certificate expires, or import this one after that."));
  EXPECT_EQ(world.keeper->find(kName)->state, "ok") << "nothing was changed";
  world.run_for(days{1});
  EXPECT_EQ(world.served(kName)->serial_hex(), first.certificate->serial);
  const auto in_time = import(days{29}, days{90});
  ASSERT_TRUE(in_time.certificate);
  EXPECT_EQ(world.served(kName)->serial_hex(), first.certificate->serial) << "until the new one is valid";
  for (int day = 2; day < 60; ++day) {
    world.run_for(days{1});
    const auto served = world.served(kName);
    ASSERT_TRUE(served && served->not_before() <= world.clock.now() && served->not_after() > world.clock.now()) << "day " << day;
  }
  EXPECT_EQ(world.served(kName)->serial_hex(), in_time.certificate->serial);
}

TEST_F(ByHand, TheCertificateBesideAnotherOneHasAnRsaKey) {
  const std::string beside = std::string(kName) + "+rsa";
  world.keep(beside, "manual");
  const auto done = import(-hours{1}, days{30}, beside);
  EXPECT_FALSE(done.certificate);
  EXPECT_EQ(failed(done).what, "Its key isn't an RSA key, so clients that need one couldn't use it");
}

TEST_F(ByHand, WithNothingValidACertificateOfTheFutureIsTaken) {
  world.keep(kName, "manual");
  EXPECT_TRUE(import(days{2}, days{90}).certificate);
  EXPECT_TRUE(import(days{5}, days{90}).certificate) << "the other isn't valid, either";
}

TEST_F(ByHand, WhatACaRenewsIsNotHeldUp) {
  world.keep(kName);
  ASSERT_TRUE(world.run_until([&] { return world.is_seen(kName); }));
  const auto ends = world.keeper->find(kName)->current->validity.not_after - start;
  const auto gap = import(ends + hours{1}, ends + days{90}), late = import(ends - hours{1}, ends + days{90});
  EXPECT_THAT(failed(gap).what, HasSubstr("in between, no certificate would be valid"));
  EXPECT_THAT(failed(late).what, HasSubstr("and is renewed automatically before then"));
  EXPECT_TRUE(import(days{1}, ends + days{90}).certificate);
}

}  // namespace
}  // namespace carillon::certs
