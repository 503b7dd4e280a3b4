#include "dns/caa.hpp"

#include <gtest/gtest.h>

namespace carillon::dns {
namespace {

using namespace std::string_literals;

const std::vector<std::string> kOurs{"ca.example", "other.example"};

CaaRecord issue(std::string value) { return {.tag = "issue", .value = std::move(value)}; }
CaaRecord issuewild(std::string value) { return {.tag = "issuewild", .value = std::move(value)}; }

TEST(Caa, PermitsEverybodyWhereNothingIsSaid) {
  EXPECT_TRUE(caa_permits({}, kOurs, false));
  EXPECT_TRUE(caa_permits({{.tag = "iodef", .value = "mailto:a@example.org"}}, kOurs, false));
}

TEST(Caa, PermitsThoseWhoAreNamed) {
  EXPECT_TRUE(caa_permits({issue("ca.example")}, kOurs, false));
  EXPECT_TRUE(caa_permits({issue("nobody.example"), issue("CA.Example")}, kOurs, false));
  EXPECT_TRUE(caa_permits({issue("other.example")}, kOurs, true)) << "without issuewild, issue speaks for wildcards";
  EXPECT_FALSE(caa_permits({issue("nobody.example")}, kOurs, false));
  EXPECT_FALSE(caa_permits({issue("sub.ca.example")}, kOurs, false));
}

TEST(Caa, ForbidsEverybodyWithAnEmptyIssuer) {
  for (const auto* nobody : {"", ";", " ; ", "%"}) EXPECT_FALSE(caa_permits({issue(nobody)}, kOurs, false)) << nobody;
  EXPECT_TRUE(caa_permits({issue(";"), issue("ca.example")}, kOurs, false)) << "an empty one does not take away what another gives";
}

TEST(Caa, ReadsParametersPast) {
  for (const auto* value :
       {"ca.example; validationmethods=http-01", "ca.example;accounturi=https://ca.example/acct/1; validationmethods=http-01,dns-01",
        "ca.example ;", "\tca.example\t; a = b", "ca.example; policy="})
    EXPECT_TRUE(caa_permits({issue(value)}, kOurs, false)) << value;
}

TEST(Caa, TakesABrokenValueForNobody) {
  for (const auto* value : {"ca.example validationmethods=http-01", "ca.example; nonsense", "ca.example; =b", "ca.example; -a=b",
                            "ca.example; a=b c", "ca..example", "-ca.example", "ca.example; ; a=b"})
    EXPECT_FALSE(caa_permits({issue(value)}, {"ca.example", "ca..example", "-ca.example"}, false)) << value;
}

TEST(Caa, PutsIssuewildBeforeIssueForWildcardsAlone) {
  EXPECT_FALSE(caa_permits({issue("ca.example"), issuewild(";")}, kOurs, true));
  EXPECT_TRUE(caa_permits({issue("ca.example"), issuewild(";")}, kOurs, false));
  EXPECT_TRUE(caa_permits({issue(";"), issuewild("ca.example")}, kOurs, true));
  EXPECT_TRUE(caa_permits({issuewild(";")}, kOurs, false)) << "issuewild says nothing about names that are none";
}

TEST(Caa, ForbidsWhereACriticalTagIsUnknown) {
  EXPECT_FALSE(caa_permits({issue("ca.example"), {.critical = true, .tag = "tbs", .value = "x"}}, kOurs, false));
  EXPECT_TRUE(caa_permits({issue("ca.example"), {.critical = false, .tag = "tbs", .value = "x"}}, kOurs, false));
  EXPECT_TRUE(caa_permits({{.critical = true, .tag = "issue", .value = "ca.example"}}, kOurs, false));
}

TEST(Caa, JudgesACaThatDoesNotSayWhoItIsByWhetherAnybodyMayIssue) {
  EXPECT_TRUE(caa_permits({issue("somebody.example")}, {}, false));
  EXPECT_FALSE(caa_permits({issue(";")}, {}, false));
}

TEST(Caa, ReadsRecordsFromTheWire) {
  const auto record = parse_caa("\x80\x05ISSUEca.example"s).value();
  EXPECT_TRUE(record.critical);
  EXPECT_EQ(record.tag, "issue");
  EXPECT_EQ(record.value, "ca.example");
  const auto nobody = parse_caa("\x00\x05issue"s).value();
  EXPECT_FALSE(nobody.critical);
  EXPECT_EQ(nobody.value, "");
  for (const auto& broken : {""s, "\x00"s, "\x00\x00"s, "\x00\x00value"s, "\x00\x06issue"s, "\x00\x05iss ue"s})
    EXPECT_FALSE(parse_caa(broken)) << broken.size();
}

}  // namespace
}  // namespace carillon::dns
