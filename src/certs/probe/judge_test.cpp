#include "certs/probe/judge.hpp"

#include "base/testing/testing.hpp"
#include "crypto/testing/authority.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace carillon::certs {
namespace {

using namespace std::chrono_literals;
using crypto::Finding;
using crypto::testing::Kind;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class Judging : public ::testing::Test {
 protected:
  [[nodiscard]] static Sighting sighting_of(const crypto::testing::Served& served) {
    return {.address = "192.0.2.7:443",
            .chain = crypto::testing::der_of(served.chain),
            .serial = served.chain.front().serial_hex(),
            .not_after = served.chain.front().not_after(),
            .protocol = "TLSv1.3",
            .failure = {}};
  }
  [[nodiscard]] Judgement judged(const Sighting& sighting, const std::string& serial = {}) const {
    return judge(sighting, {"www.example.org", serial}, trust_, clock_.now());
  }
  static Sighting unseen(Obstacle obstacle) {
    Sighting sighting{.address = "[2001:db8::1]:443",
                      .chain = {},
                      .serial = {},
                      .not_after = {},
                      .protocol = {},
                      .failure = Error{ErrorKind::unavailable, "It is silent.", {}}};
    sighting.obstacle = obstacle;
    return sighting;
  }

  carillon::testing::ManualClock clock_;
  crypto::testing::Authority authority_{clock_.now()};
  crypto::Trust trust_ = std::move(crypto::Trust::in(authority_.roots())).value();
};

TEST_F(Judging, TheExpectedCertificateIsSeen) {
  const auto served = authority_.make(Kind::good, "www.example.org");
  const auto judgement = judged(sighting_of(served), served.chain.front().serial_hex());
  EXPECT_EQ(judgement.verdict, Verdict::seen);
  EXPECT_EQ(judgement.issuer, "Test Intermediate");
  EXPECT_EQ(judgement.ends, served.chain.front().not_after());
  EXPECT_EQ(judgement.lifetime, std::chrono::days{90});
  EXPECT_EQ(judgement.why, "");
}

TEST_F(Judging, WhichCertificateItIsDoesNotDependOnWhoTrustsIt) {
  const auto served = authority_.make(Kind::self_signed, "www.example.org");
  const auto& leaf = served.chain.front();
  EXPECT_EQ(judged(sighting_of(served)).verdict, Verdict::broken);
  const auto ours = identify(sighting_of(served), {"www.example.org", {}, crypto::fingerprint(leaf)});
  EXPECT_EQ(ours.verdict, Verdict::seen);
  EXPECT_EQ(ours.not_after, leaf.not_after());
  const auto other = identify(sighting_of(served), {"www.example.org", leaf.serial_hex(), "abcd"});
  EXPECT_EQ(other.verdict, Verdict::other_certificate) << "a serial is unique to its issuer alone";
  const auto unknown = identify(unseen(Obstacle::silence), {"www.example.org", {}, crypto::fingerprint(leaf)});
  EXPECT_EQ(unknown.verdict, Verdict::unreachable);
  EXPECT_EQ(unknown.why, "It is silent.");
}

TEST_F(Judging, AnotherCertificateIsCalledSoWhateverElseIsWrong) {
  // Renewed and never loaded: the old one is what clients still get.
  const auto judgement = judged(sighting_of(authority_.make(Kind::expired, "www.example.org")), "abcd");
  EXPECT_EQ(judgement.verdict, Verdict::other_certificate);
  EXPECT_THAT(judgement.findings, ElementsAre(Finding::expired));
  EXPECT_THAT(judgement.why, HasSubstr("abcd"));
  EXPECT_THAT(judgement.why, HasSubstr("expired 3 hours ago"));
}

TEST_F(Judging, TheExpectedOneMayBeBroken) {
  const auto served = authority_.make(Kind::incomplete_chain, "www.example.org");
  const auto judgement = judged(sighting_of(served), served.chain.front().serial_hex());
  EXPECT_EQ(judgement.verdict, Verdict::broken);
  EXPECT_THAT(judgement.findings, ElementsAre(Finding::incomplete_chain));
  EXPECT_THAT(judgement.why, HasSubstr("intermediate"));
}

TEST_F(Judging, WhatShowsNothingIsUnreachable) {
  const auto judgement = judged(unseen(Obstacle::silence));
  EXPECT_EQ(judgement.verdict, Verdict::unreachable);
  EXPECT_EQ(judgement.why, "It is silent.");
  EXPECT_EQ(judgement.ends, std::nullopt);
}

TEST_F(Judging, AnIntermediateMayEndBeforeTheLeaf) {
  const auto served = authority_.make("www.example.org", clock_.now(), clock_.now() + std::chrono::days{4'000});
  const auto judgement = judged(sighting_of(served));
  EXPECT_EQ(judgement.ends, authority_.intermediate().not_after());
  EXPECT_EQ(judgement.not_after, clock_.now() + std::chrono::days{4'000});
}

TEST_F(Judging, AnAddressWithoutAWayToItCountsOnlyWhenNothingElseIsSeen) {
  auto judgements =
      judge(std::vector{sighting_of(authority_.make(Kind::good, "www.example.org"))}, {"www.example.org", {}}, trust_, clock_.now());
  for (const auto obstacle : {Obstacle::no_route, Obstacle::silence, Obstacle::unreachable, Obstacle::no_socket, Obstacle::refused})
    judgements.push_back(judged(unseen(obstacle)));
  drop_out_of_reach(judgements);
  ASSERT_EQ(judgements.size(), 5U) << "what is silent, refuses or is not there counts, and so does what we could not find out";
  EXPECT_EQ(judgements[1].obstacle, Obstacle::silence);
  std::vector lone{judged(unseen(Obstacle::no_route))};
  drop_out_of_reach(lone);
  EXPECT_EQ(lone.size(), 1U);
}

TEST(OutOfReach, OneAddressOfLoopbackIsEnough) {
  EXPECT_TRUE(says_nothing("127.0.0.1:443", Obstacle::refused));
  EXPECT_TRUE(says_nothing("[::1]:443", Obstacle::refused));
  EXPECT_TRUE(says_nothing("[::1]:443", Obstacle::no_route));
  EXPECT_FALSE(says_nothing("[::1]:443", Obstacle::none));
  EXPECT_FALSE(says_nothing("192.0.2.7:443", Obstacle::refused));
}

TEST(OutOfReach, AServerOnLoopbackThatDoesNotWorkCounts) {
  for (const auto obstacle : {Obstacle::silence, Obstacle::slow, Obstacle::reset, Obstacle::closed, Obstacle::not_tls, Obstacle::alert,
                              Obstacle::broken_tls, Obstacle::no_socket, Obstacle::not_public}) {
    EXPECT_FALSE(says_nothing("[::1]:443", obstacle)) << name_of(obstacle);
    EXPECT_FALSE(says_nothing("127.0.0.1:443", obstacle)) << name_of(obstacle);
  }
}

}  // namespace
}  // namespace carillon::certs
