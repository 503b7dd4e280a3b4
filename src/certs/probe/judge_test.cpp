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
using ::testing::IsEmpty;

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

/// A root that another root signed too, an intermediate and its twin under it, and a leaf.
class JudgingPaths : public Judging {
 protected:
  [[nodiscard]] crypto::Certificate make(const std::string& name, const crypto::PrivateKey& key, const crypto::Certificate* issuer,
                                         const crypto::PrivateKey& issuer_key, std::chrono::days left, bool with_sha1 = false) const {
    return crypto::testing::sign({.common_name = name,
                                  .names = {},
                                  .not_before = clock_.now() - std::chrono::days{400},
                                  .not_after = clock_.now() + left,
                                  .is_authority = true,
                                  .with_sha1 = with_sha1},
                                 key, issuer, issuer_key);
  }
  [[nodiscard]] crypto::Certificate leaf(std::chrono::days left) const {
    return crypto::testing::sign({.common_name = "www.example.org",
                                  .names = {"www.example.org"},
                                  .not_before = clock_.now() - std::chrono::days{80},
                                  .not_after = clock_.now() + left},
                                 leaf_key_, &intermediate_, intermediate_key_);
  }
  [[nodiscard]] Judgement judged_path(std::vector<crypto::Certificate> chain) const {
    std::vector<crypto::Certificate> roots;
    roots.push_back(crypto::testing::copy_of(root_));
    const auto trust = std::move(crypto::Trust::in(roots)).value();
    return judge(chain, {"www.example.org", {}}, trust, clock_.now());
  }
  template <class... More>
  [[nodiscard]] static std::vector<crypto::Certificate> chain_of(const More&... more) {
    std::vector<crypto::Certificate> chain;
    (chain.push_back(crypto::testing::copy_of(more)), ...);
    return chain;
  }

  crypto::PrivateKey old_key_ = crypto::testing::make_key(crypto::testing::KeyKind::p256);
  crypto::PrivateKey root_key_ = crypto::testing::make_key(crypto::testing::KeyKind::p256);
  crypto::PrivateKey intermediate_key_ = crypto::testing::make_key(crypto::testing::KeyKind::p256);
  crypto::PrivateKey leaf_key_ = crypto::testing::make_key(crypto::testing::KeyKind::p256);
  crypto::Certificate old_root_ = make("Old Root", old_key_, nullptr, old_key_, std::chrono::days{-30});
  crypto::Certificate root_ = make("New Root", root_key_, nullptr, root_key_, std::chrono::days{3'650});
  crypto::Certificate intermediate_ = make("Intermediate", intermediate_key_, &root_, root_key_, std::chrono::days{700});
};

TEST_F(JudgingPaths, AnExpiredCertificateThatNoClientNeedsHidesNothing) {
  const auto crossed = make("New Root", root_key_, &old_root_, old_key_, std::chrono::days{-30});
  const auto twin = make("Intermediate", intermediate_key_, &root_, root_key_, std::chrono::days{-3});
  const auto old_copy = make("New Root", root_key_, nullptr, root_key_, std::chrono::days{-1});
  const auto ending = leaf(std::chrono::days{5});
  const std::vector<std::vector<crypto::Certificate>> chains = [&] {
    std::vector<std::vector<crypto::Certificate>> all;
    all.push_back(chain_of(ending, intermediate_, crossed));
    all.push_back(chain_of(ending, intermediate_, crossed, old_root_));
    all.push_back(chain_of(ending, twin, intermediate_));
    all.push_back(chain_of(ending, intermediate_, twin));
    all.push_back(chain_of(ending, intermediate_, old_copy));
    return all;
  }();
  for (const auto& chain : chains) {
    const auto judgement = judged_path(chain_of(chain[0], chain[1], chain[2]));
    EXPECT_EQ(judgement.verdict, Verdict::seen) << judgement.why;
    EXPECT_EQ(judgement.ends, ending.not_after()) << chain[2].subject();
    EXPECT_THAT(judgement.remark, HasSubstr("clients don't need"));
    EXPECT_THAT(judgement.remark, HasSubstr("expired"));
  }
}

TEST_F(JudgingPaths, AnUnneededCertificateNearItsEndIsNoAlarm) {
  const auto crossed = make("New Root", root_key_, &old_root_, old_key_, std::chrono::days{2});
  const auto weak = make("New Root", root_key_, &old_root_, old_key_, std::chrono::days{900}, true);
  const auto good = leaf(std::chrono::days{60});
  const auto judgement = judged_path(chain_of(good, intermediate_, crossed));
  EXPECT_EQ(judgement.verdict, Verdict::seen);
  EXPECT_EQ(judgement.ends, good.not_after());
  EXPECT_THAT(judgement.remark, HasSubstr("expires in 2 days"));
  EXPECT_THAT(judged_path(chain_of(good, intermediate_, weak)).findings, IsEmpty()) << "its signature is never checked";
  EXPECT_EQ(judged_path(chain_of(good, intermediate_)).remark, "");
}

TEST_F(JudgingPaths, TheNeededIntermediateCountsUntilItsTwinEndsToo) {
  const auto twin = make("Intermediate", intermediate_key_, &root_, root_key_, std::chrono::days{20});
  const auto longer = leaf(std::chrono::days{800});
  EXPECT_EQ(judged_path(chain_of(longer, twin)).ends, twin.not_after());
  EXPECT_EQ(judged_path(chain_of(longer, twin, intermediate_)).ends, intermediate_.not_after()) << "another path is left";
}

TEST_F(JudgingPaths, WithoutTrustTheLeafIsStillReminded) {
  const auto ending = leaf(std::chrono::days{5});
  const auto twin = make("Intermediate", intermediate_key_, &root_, root_key_, std::chrono::days{-3});
  EXPECT_EQ(judge(chain_of(ending, twin), {"www.example.org", {}}, trust_, clock_.now()).ends, ending.not_after());
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
