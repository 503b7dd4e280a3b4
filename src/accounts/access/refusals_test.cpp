// What was refused leaves its trace, and an attacker cannot make it a flood.

#include "accounts/access/refusals.hpp"

#include "accounts/testing/world.hpp"

#include <gmock/gmock.h>

namespace carillon::accounts {
namespace {

using testing::AccountsWorld;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;
using namespace std::chrono_literals;

constexpr const char* kPrefix = "192.0.2.0/24";

class RefusalsTest : public ::testing::Test, protected AccountsWorld {
 protected:
  RefusalsTest() { person_with_password("ada@example.org", "the tide waits for nobody", "default", Role::producer); }

  void fail_to_sign_in(const std::string& email, const std::string& prefix = kPrefix) {
    refusals_.note({.what = Refused::sign_in, .subject = email, .address_prefix = prefix});
  }
  /// "subject × count", the oldest first.
  std::vector<std::string> reported() {
    EXPECT_TRUE(refusals_.flush_now());
    std::vector<std::string> all;
    for (const auto& line : wait(accounts().networks.audit({}, "", 10'000)).value()) {
      if (line.act.what.starts_with("refused."))
        all.insert(all.begin(), line.act.subject + " × " + std::to_string(line.act.became.at("count").as_int64()));
    }
    return all;
  }

  carillon::testing::SeededRandom random_{3};
  Refusals refusals_{database(), clock(), random_};
};

TEST_F(RefusalsTest, TheFirstIsToldAtOnceAndTheRestOfTheMinuteTogether) {
  fail_to_sign_in("ada@example.org");
  EXPECT_THAT(reported(), ElementsAre("ada@example.org × 1"));
  for (int i = 0; i < 500; ++i) fail_to_sign_in(" ADA@example.org");
  EXPECT_THAT(reported(), SizeIs(1));
  clock().advance(kRefusalsTogether);
  EXPECT_THAT(reported(), ElementsAre("ada@example.org × 1", "ada@example.org × 500"));
  clock().advance(kRefusalsTogether);
  EXPECT_THAT(reported(), SizeIs(2));
  fail_to_sign_in("ada@example.org");
  EXPECT_THAT(reported(), SizeIs(3)) << "after a quiet minute the first one counts again";
}

TEST_F(RefusalsTest, WhatWasTypedInThePlaceOfAnAddressIsNotWritten) {
  fail_to_sign_in("my secret password");
  fail_to_sign_in("nobody@example.org");
  EXPECT_THAT(reported(), ElementsAre("no account × 2"));
}

TEST_F(RefusalsTest, AnAttackerFillsNeitherTheTrailNorTheMemory) {
  for (int minute = 0; minute < 3; ++minute) {
    for (int i = 0; i < 5'000; ++i) fail_to_sign_in("ada@example.org", "198.51." + std::to_string(i) + ".0/24");
    const auto lines = reported();
    EXPECT_LE(lines.size(), (kMaxRefusalLines + 1) * static_cast<std::size_t>(2 * minute + 2));
    clock().advance(kRefusalsTogether);
  }
  std::int64_t sum = 0;
  reported();
  for (const auto& line : wait(accounts().networks.audit({}, "", 10'000)).value()) {
    if (line.act.what == "refused.sign_in") sum += line.act.became.at("count").as_int64();
  }
  EXPECT_EQ(sum, 15'000) << "every one is counted somewhere";
}

TEST_F(RefusalsTest, KindsAndPlacesAreToldApart) {
  refusals_.note({.what = Refused::forged, .subject = "ada@example.org", .address_prefix = kPrefix, .detail = "PATCH people"});
  refusals_.note({.what = Refused::not_allowed, .subject = "ada@example.org", .address_prefix = kPrefix, .detail = "GET certificates"});
  refusals_.note({.what = Refused::not_allowed, .subject = "ada@example.org", .address_prefix = "203.0.113.0/24"});
  ASSERT_TRUE(refusals_.flush_now());
  std::vector<std::string> acts;
  for (const auto& line : wait(accounts().networks.audit({}, "", 100)).value()) {
    if (line.act.what.starts_with("refused.")) acts.push_back(line.act.what + " " + line.actor.address_prefix);
  }
  EXPECT_THAT(acts, ::testing::UnorderedElementsAre("refused.csrf 192.0.2.0/24", "refused.permission 192.0.2.0/24",
                                                    "refused.permission 203.0.113.0/24"));
}

TEST_F(RefusalsTest, TheOldestAreForgottenAndNothingElse) {
  const auto before = wait(accounts().networks.audit({}, "", 100)).value().size();
  ASSERT_TRUE(database().write_now([&](db::Session& session) -> Result<> {
    for (int i = 0; i < 10; ++i) {
      record(session, clock(), random_, {.id = {}, .name = "carillon", .address_prefix = {}},
             {.network = {}, .what = "refused.sign_in", .subject = std::to_string(i), .was = {}, .became = {}});
      clock().advance(1s);
    }
    drop_audit_lines(session, "refused.", 3);
    return {};
  }));
  const auto lines = wait(accounts().networks.audit({}, "", 100)).value();
  EXPECT_EQ(lines.size(), before + 3);
  EXPECT_EQ(lines[0].act.subject, "9");
}

}  // namespace
}  // namespace carillon::accounts
