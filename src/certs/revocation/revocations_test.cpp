#include "certs/revocation/revocations.hpp"

#include "base/testing/testing.hpp"
#include "certs/revocation/revocation_queries.hpp"
#include "certs/revocation/schema.hpp"
#include "certs/revocation/testing/lists.hpp"
#include "crypto/inspection.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace carillon::certs {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

constexpr const char* kUrl = "http://crl.example.org/1.crl";
constexpr std::array kMigrations{db::Migration{1, "revocation checks", kRevocationSchema}};

/// Answers as the test says, and remembers what was asked.
class ScriptedServers final : public http::Outgoing {
 public:
  std::map<std::string, Result<http::OutgoingAnswer>> answers;  ///< by URL
  std::vector<std::string> asked;                               ///< "GET URL", "GET URL if changed"
  Result<http::OutgoingAnswer> exchange(const http::OutgoingRequest& request) override {
    const Lock lock{mutex_};
    const auto etag = request.fields.get("If-None-Match");
    asked.push_back(request.url + (etag ? " unless " + std::string(*etag) : ""));
    EXPECT_EQ(request.reach, http::Reach::public_only);
    const auto found = answers.find(request.url);
    if (found == answers.end()) return fail(ErrorKind::unavailable, "No connection to " + request.url + ".");
    if (found->second && etag && found->second->fields.get("ETag") == etag)
      return http::OutgoingAnswer{.status = 304, .fields = {}, .body = {}};
    return found->second;
  }

 private:
  Mutex mutex_;
};

class RevocationChecks : public ::testing::Test {
 protected:
  void SetUp() override { want(leaf_); }
  void want(const crypto::Certificate& leaf) {
    std::vector<crypto::Certificate> chain;
    chain.push_back(crypto::testing::copy_of(leaf));
    chain.push_back(crypto::testing::copy_of(ca_.issuer()));
    ASSERT_TRUE(database_->write_now([&](db::Session& session) -> Result<> {
      Revocations::want(session, chain, clock_.now());
      return {};
    }));
  }
  void publish(std::vector<testing::ListEntry> entries, const std::string& etag = {}, const crypto::PrivateKey* key = nullptr) {
    http::OutgoingAnswer answer{.status = 200, .fields = {}, .body = {}};
    if (!etag.empty()) answer.fields.set("ETag", etag);
    answer.body = testing::make_list({.issuer = testing::name_of(ca_.issuer()),
                                      .this_update = clock_.now() - 1h,
                                      .next_update = clock_.now() + 24h * 7,
                                      .entries = std::move(entries)},
                                     key != nullptr ? *key : ca_.key);
    servers_.answers.insert_or_assign(kUrl, std::move(answer));
  }
  std::optional<Revocation> state() { return revocations_.state_of(crypto::fingerprint(leaf_)); }
  void pass(Duration time) { clock_.set(clock_.now() + time); }

  carillon::testing::TemporaryFolder folder_;
  carillon::testing::ManualClock clock_;
  std::unique_ptr<db::Database> database_ = db::Database::open(folder_.path() / "checks.db", kMigrations).value();
  testing::ListCa ca_{clock_.now()};
  crypto::Certificate leaf_ = ca_.leaf(clock_.now(), kUrl);
  ScriptedServers servers_;
  Revocations revocations_{{.database = *database_, .outgoing = servers_, .clock = clock_}};
};

TEST_F(RevocationChecks, EachIsCheckedEverySixHours) {
  publish({});
  EXPECT_EQ(revocations_.work(), clock_.now() + 6h);
  EXPECT_EQ(state()->status, RevocationStatus::good);
  EXPECT_EQ(state()->source, kUrl);
  pass(1h);
  EXPECT_EQ(revocations_.work(), clock_.now() + 5h) << "nothing is due";
  publish({{.serial = serial_bytes(leaf_), .reason = 1}});
  pass(5h);
  revocations_.work();
  EXPECT_EQ(state()->status, RevocationStatus::revoked);
  EXPECT_THAT(state()->sentence(), HasSubstr("(keyCompromise), according to http://crl.example.org/1.crl."));
  EXPECT_EQ(servers_.asked.size(), 2U);
}

TEST_F(RevocationChecks, ShortLivesAreCheckedSooner) {
  publish({});
  revocations_.work();
  want(ca_.leaf(clock_.now(), kUrl, 19h));
  revocations_.work();
  EXPECT_EQ(revocations_.work(), clock_.now() + 1h);
}

TEST_F(RevocationChecks, OneListAnswersForAllThatNameIt) {
  for (int i = 0; i < 20; ++i) want(ca_.leaf(clock_.now(), kUrl));
  publish({{.serial = serial_bytes(leaf_)}});
  revocations_.work();
  EXPECT_EQ(servers_.asked.size(), 1U);
  EXPECT_EQ(state()->status, RevocationStatus::revoked);
  const auto all =
      database_->read_now([](db::Session& session) -> Result<std::vector<Revocation>> { return all_revocations(session); }).value();
  EXPECT_EQ(std::ranges::count(all, RevocationStatus::good, &Revocation::status), 20);
}

TEST_F(RevocationChecks, AListThatHasNotChangedIsNotFetchedAgain) {
  publish({}, "\"1\"");
  revocations_.work();
  pass(6h);
  revocations_.work();
  EXPECT_EQ(servers_.asked.back(), std::string(kUrl) + " unless \"1\"");
  EXPECT_EQ(state()->known, clock_.now());
  // What it was not asked about then is not known from memory.
  want(ca_.leaf(clock_.now(), kUrl));
  revocations_.work();
  EXPECT_EQ(servers_.asked.back(), kUrl);
  // A list that is out of date is no answer, whatever its server says.
  pass(24h * 8);
  want(leaf_);
  revocations_.work();
  EXPECT_THAT(state()->problem, HasSubstr("out of date"));
}

TEST_F(RevocationChecks, SilenceAndLiesChangeNothing) {
  publish({});
  revocations_.work();
  const auto known = clock_.now();
  const testing::ListCa liar{clock_.now()};
  publish({{.serial = serial_bytes(leaf_)}}, {}, &liar.key);
  pass(6h);
  EXPECT_EQ(revocations_.work(), clock_.now() + 1h) << "asked again sooner";
  EXPECT_EQ(state()->status, RevocationStatus::good);
  EXPECT_EQ(state()->known, known);
  EXPECT_THAT(state()->problem, HasSubstr("isn't signed"));
  EXPECT_EQ(state()->silence(clock_.now()), "");
  servers_.answers.clear();
  pass(24h);
  revocations_.work();
  EXPECT_EQ(state()->status, RevocationStatus::good);
  EXPECT_THAT(state()->silence(clock_.now()), HasSubstr("Revocation checks have failed since"));
  EXPECT_THAT(state()->silence(clock_.now()), HasSubstr("No connection"));
  publish({});
  pass(1h);
  revocations_.work();
  EXPECT_EQ(state()->silence(clock_.now() + 24h), "");
}

TEST_F(RevocationChecks, OnlyTheCaRestoresWhatItHasRevoked) {
  publish({{.serial = serial_bytes(leaf_), .reason = 6}});
  revocations_.work();
  servers_.answers.clear();
  pass(6h);
  revocations_.work();
  EXPECT_EQ(state()->status, RevocationStatus::revoked) << "silence restores nothing";
  publish({});
  pass(1h);
  revocations_.work();
  EXPECT_EQ(state()->status, RevocationStatus::good);
}

TEST_F(RevocationChecks, WhatNamesNoListIsNotChecked) {
  const auto leaf = ca_.leaf(clock_.now(), {});
  want(leaf);
  publish({});
  revocations_.work();
  EXPECT_EQ(revocations_.state_of(crypto::fingerprint(leaf))->status, RevocationStatus::unchecked);
}

TEST_F(RevocationChecks, WhatNobodyWantsIsForgotten) {
  publish({});
  revocations_.work();
  pass(24h * 8);
  revocations_.work();
  EXPECT_FALSE(database_
                   ->read_now([&](db::Session& session) -> Result<std::optional<Revocation>> {
                     return find_revocation(session, crypto::fingerprint(leaf_));
                   })
                   .value());
}

TEST_F(RevocationChecks, ItKnowsAgainAfterARestart) {
  publish({{.serial = serial_bytes(leaf_)}});
  revocations_.work();
  Revocations after{{.database = *database_, .outgoing = servers_, .clock = clock_}};
  after.remember();
  EXPECT_EQ(after.state_of(crypto::fingerprint(leaf_))->status, RevocationStatus::revoked);
}

}  // namespace
}  // namespace carillon::certs
