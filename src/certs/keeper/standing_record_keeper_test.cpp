// DNS-PERSIST-01: certificates for a name with a standing record in DNS.

#include "certs/keeper/reports.hpp"
#include "certs/keeper/testing/world.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace carillon::certs {
namespace {

using std::chrono::days;
using std::chrono::hours;
using ::testing::HasSubstr;
using testing::KeeperWorld;

constexpr auto kName = "www.example.org";
constexpr auto kRecord = "_validation-persist.www.example.org";

testca::Settings with_persist() {
  testca::Settings settings;
  settings.challenge_types = {"http-01", "dns-persist-01"};
  settings.authorization_reuse = {};
  return settings;
}

class StandingRecordTest : public ::testing::Test {
 protected:
  StandingRecordTest() {
    world.settings.issuers.front().challenge = "dns-persist-01";
    world.settings.look_every = hours{2};
    world.start();
  }
  /// The record that the keeper asks for.
  std::string wanted(const std::string& name = kName) {
    world.run_until([&] { return world.keeper->find(name)->kept.failures > 0; });
    const auto error = world.keeper->find(name)->kept.last_error;
    constexpr std::string_view kBefore{"to “"};
    const auto begin = error.find(kBefore);
    const auto end = error.find("”.", begin);
    return begin == std::string::npos || end == std::string::npos ? error
                                                                  : error.substr(begin + kBefore.size(), end - begin - kBefore.size());
  }
  void set_record(const std::string& more = {}) { world.resolver.set_texts(kRecord, {record + more}); }
  [[nodiscard]] std::string persist_until(Duration from_now) const {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(world.clock.now() + from_now).time_since_epoch().count();
    return "; persistUntil=" + std::to_string(seconds);
  }

  KeeperWorld world{with_persist()};
  std::string record;
};

TEST_F(StandingRecordTest, TheKeeperSaysWhichRecordToSetAndGoesOnWhenItIsThere) {
  world.keep(kName);
  record = wanted();
  EXPECT_THAT(record, HasSubstr("ca.test; accounturi=https://ca.test/"));
  EXPECT_THAT(world.keeper->find(kName)->kept.last_error, HasSubstr("Set the TXT record _validation-persist.www.example.org to “"));
  EXPECT_EQ(world.count(testca::Act::authorization_failure), 0U) << "the CA wasn't asked in vain";
  world.run_for(hours{30});
  ASSERT_NE(world.incidents.find_open(kStandingRecord, kName), nullptr);
  set_record();
  ASSERT_TRUE(world.run_until([&] { return world.is_seen(kName); }, std::chrono::minutes{12})) << "it's noticed before the next attempt";
  world.run_for(days{70});
  EXPECT_EQ(world.keeper->find(kName)->state, "ok");
  EXPECT_GE(world.count(testca::Act::issuance), 2U) << "renewed without anyone";
  EXPECT_TRUE(world.incidents.open.empty());
}

TEST_F(StandingRecordTest, AnEndIsReportedBeforeAndResolvedByALaterOne) {
  world.keep(kName);
  record = wanted();
  set_record(persist_until(days{50}));
  ASSERT_TRUE(world.run_until([&] { return world.is_seen(kName); }, hours{8}));
  world.run_for(days{18});
  EXPECT_EQ(world.incidents.find_open(kStandingRecordEnds, kName), nullptr);
  world.run_for(days{4});
  const auto* incident = world.incidents.find_open(kStandingRecordEnds, kName);
  ASSERT_NE(incident, nullptr);
  EXPECT_THAT(incident->what, HasSubstr("The TXT record _validation-persist.www.example.org, which permits certificates for "
                                        "www.example.org, ends on "));
  set_record(persist_until(days{400}));
  world.run_for(days{2});
  EXPECT_EQ(world.incidents.find_open(kStandingRecordEnds, kName), nullptr);
}

TEST_F(StandingRecordTest, ARecordThatIsLostIsReportedLongBeforeTheRenewal) {
  world.keep(kName);
  record = wanted();
  set_record();
  ASSERT_TRUE(world.run_until([&] { return world.is_seen(kName); }, hours{8}));
  world.resolver.set_texts(kRecord, {"ca.test; accounturi=https://ca.test/account/999"});
  world.run_for(days{2});
  const auto* incident = world.incidents.find_open(kStandingRecord, kName);
  ASSERT_NE(incident, nullptr);
  EXPECT_THAT(incident->what, HasSubstr("is for another account with the CA. Set the TXT record"));
  ASSERT_TRUE(world.keeper->forget(kName));
  EXPECT_EQ(world.incidents.find_open(kStandingRecord, kName), nullptr);
}

TEST_F(StandingRecordTest, AWildcardNeedsNoDnsProvider) {
  world.keep("*.example.org");
  record = wanted("*.example.org");
  EXPECT_THAT(record, HasSubstr("; policy=wildcard"));
  world.resolver.set_texts("_validation-persist.example.org", {record});
  EXPECT_TRUE(world.run_until([&] { return world.keeper->find("*.example.org")->current.has_value(); }, hours{8}));
}

TEST_F(StandingRecordTest, ACaThatDoesNotOfferItIsSaid) {
  world.ca->change([](testca::Settings& settings) { settings.challenge_types = {"http-01"}; });
  world.keep(kName);
  world.run_until([&] { return world.keeper->find(kName)->kept.failures > 0; });
  EXPECT_THAT(world.keeper->find(kName)->kept.last_error, HasSubstr("“first” doesn't offer dns-persist-01"));
}

}  // namespace
}  // namespace carillon::certs
