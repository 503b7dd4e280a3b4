#include "certs/dns_proof/standing_record.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace carillon::certs {
namespace {

using ::testing::HasSubstr;

constexpr Time kNow{std::chrono::sys_days{std::chrono::year{2026} / 11 / 30}};
const StandingPermission kWanted{.issuers = {"ca.example", "authority.example"}, .account = "https://ca.example/acct/1"};
constexpr auto kRight = "authority.example; accounturi=https://ca.example/acct/1";

StandingAnswer judge(const std::vector<std::string>& texts, const StandingPermission& wanted = kWanted) {
  return judge_standing_records(texts, wanted, "www.example.org", kNow);
}

TEST(StandingRecords, AreBelowTheDomain) {
  EXPECT_EQ(standing_record_name("www.example.org"), "_validation-persist.www.example.org");
  EXPECT_EQ(standing_record_name("*.example.org"), "_validation-persist.example.org");
}

TEST(StandingRecords, PermitOneAccountOfACa) {
  EXPECT_TRUE(judge({kRight}).permits);
  EXPECT_TRUE(judge({"v=spf1 -all", "CA.Example;accounturi=https://ca.example/acct/1;unknown=x"}).permits);
  EXPECT_FALSE(judge({"other.example; accounturi=https://ca.example/acct/1"}).permits);
  EXPECT_FALSE(judge({"ca.example"}).permits);
  EXPECT_FALSE(judge({std::string(kRight) + "; accounturi=https://ca.example/acct/2"}).permits) << "it's ambiguous";
  EXPECT_FALSE(judge({std::string(kRight) + "; nonsense"}).permits);
  EXPECT_FALSE(judge({std::string(kRight) + "; x=" + std::string(kLongestStandingRecord, 'y')}).permits);
  EXPECT_THAT(judge({"ca.example; accounturi=https://ca.example/acct/2"}).problem, HasSubstr("is for another account with the CA"));
}

TEST(StandingRecords, WhatIsMissingIsSaidWithTheRecordToSet) {
  EXPECT_EQ(judge({}).problem,
            "The CA can't verify www.example.org yet. Set the TXT record _validation-persist.www.example.org to “ca.example; "
            "accounturi=https://ca.example/acct/1”.");
}

TEST(StandingRecords, AWildcardNeedsItsPolicy) {
  auto wanted = kWanted;
  wanted.wildcard = true;
  EXPECT_THAT(judge({kRight}, wanted).problem, HasSubstr("doesn't permit wildcards. Set the TXT record"));
  EXPECT_THAT(judge({kRight}, wanted).problem, HasSubstr("; policy=wildcard”"));
  EXPECT_TRUE(judge({std::string(kRight) + "; policy=WildCard"}, wanted).permits);
  EXPECT_TRUE(judge({std::string(kRight) + "; policy=wildcard"}).permits);
}

TEST(StandingRecords, EndWhenTheySay) {
  const auto with = [](const std::string& until) { return std::string(kRight) + "; persistUntil=" + until; };
  EXPECT_FALSE(judge({kRight}).until);
  EXPECT_EQ(judge({with("1798761600")}).until, Time{std::chrono::seconds{1'798'761'600}});
  EXPECT_THAT(judge({with("1764460800")}).problem, HasSubstr("permitted certificates until "));
  EXPECT_FALSE(judge({kRight, with("1798761600")}).until) << "the longest counts";
  EXPECT_EQ(judge({with("1798761600"), with("1798761700")}).until, Time{std::chrono::seconds{1'798'761'700}});
  EXPECT_TRUE(judge({with("99999999999999999999999")}).permits);
  for (const auto* bad : {"", "-1", "soon", "1798761600.5", "0x7"})
    EXPECT_THAT(judge({with(bad)}).problem, HasSubstr("persistUntil that isn't a number of seconds")) << bad;
}

TEST(StandingRecords, HashTheAccountAsDraft02Says) {
  // Computed with Python's hashlib over the octets of §4.1.
  EXPECT_EQ(hashed_account("https://ca.example/account-hash/", "example.com", std::string(43, 'k'), "https://ca.example/acct/1"),
            "https://ca.example/account-hash/sha-256/DKWHogo7R0eIlBNRC79AN4cEUhS3TEuTnmFxzQPhmyM");
  auto wanted = kWanted;
  wanted.account = "https://ca.example/account-hash/sha-256/now";
  wanted.account_prefix = "https://ca.example/account-hash/";
  EXPECT_TRUE(judge({"ca.example; accounturi=https://ca.example/account-hash/sha-256/earlier"}, wanted).permits)
      << "the CA accepts hashes with earlier keys";
  EXPECT_FALSE(judge({kRight}, wanted).permits);
}

TEST(StandingRecords, AreKeptAsOneLine) {
  auto wanted = kWanted;
  wanted.account_prefix = "https://ca.example/account-hash/";
  wanted.wildcard = true;
  const auto read = StandingPermission::from_text(wanted.text());
  ASSERT_TRUE(read);
  EXPECT_EQ(read->text(), wanted.text());
  EXPECT_EQ(read->record(), wanted.record());
  EXPECT_FALSE(StandingPermission::from_text("ca.example"));
}

}  // namespace
}  // namespace carillon::certs
