#include "certs/scan/stored.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <boost/json.hpp>

namespace carillon::certs {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;

constexpr Time kNow{std::chrono::sys_days{std::chrono::year{2026} / 11 / 24}};

ScanRow row(std::string where, std::string serial = "01") {
  ScanRow row;
  row.where = std::move(where);
  row.name = "www.example.org";
  row.issuer = "Test “CA”";
  row.not_after = kNow + 36h;
  row.serial = std::move(serial);
  row.key = "P-256";
  return row;
}

TEST(StoredScans, AreReadAsTheyWereWritten) {
  StoredScan scan{kNow, {row("www.example.org:443"), row("/etc/tls/a.pem")}};
  scan.rows[0].endpoint = Target{"www.example.org", 443, StartTls::smtp};
  scan.rows[0].endpoint->server_name = "mail.example.org";
  scan.rows[1].not_after.reset();
  scan.rows[1].findings = {"unreachable"};
  scan.rows[1].detail = "it doesn't respond";
  EXPECT_EQ(read_stored_scan(stored(scan)).value(), scan);
}

TEST(StoredScans, OfTheFirstVersionAreRead) {
  const auto old =
      read_stored_scan(R"({"version":1,"at":"2026-11-24T00:00:00Z","rows":[{"where":"x:443","host":"x","port":443,"starttls":""}]})");
  EXPECT_EQ(old.value().rows.at(0).endpoint, (Target{.host = "x", .port = 443}));
}

TEST(StoredScans, ThatAreNoneAreRefused) {
  for (const auto* text : {"", "[]", "{}", R"({"version":3,"at":"2026-11-24T00:00:00Z","rows":[]})",
                           R"({"version":1,"at":"now","rows":[]})", R"({"version":1,"at":"2026-11-24T00:00:00Z","rows":[1]})",
                           R"({"version":1,"at":"2026-11-24T00:00:00Z","rows":[{"where":"x","not_after":"y"}]})",
                           R"({"version":1,"at":"2026-11-24T00:00:00Z","rows":[{"where":"x","host":"x","port":0}]})"})
    EXPECT_EQ(read_stored_scan(text).error().kind, ErrorKind::corrupt) << text;
}

TEST(Rows, ArePrintedAsProgramsExpectThem) {
  auto one = row("www.example.org:443");
  one.findings = {"expired", "wrong_name"};
  auto two = row("x:443");
  two.not_after.reset();
  const auto parsed = boost::json::parse(rows_as_json({one, two}));
  const auto& first = parsed.at(0).as_object();
  EXPECT_EQ(first.at("where"), "www.example.org:443");
  EXPECT_EQ(first.at("name"), "www.example.org");
  EXPECT_EQ(first.at("issuer"), "Test “CA”");
  EXPECT_EQ(first.at("not_after"), "2026-11-25T12:00:00Z");
  EXPECT_EQ(first.at("findings"), (boost::json::array{"expired", "wrong_name"}));
  EXPECT_TRUE(parsed.at(1).at("not_after").is_null());
}

TEST(Rows, HaveCellsForPeople) {
  auto one = row("www.example.org:443");
  EXPECT_THAT(cells_of(one, kNow), ElementsAre("www.example.org:443", "www.example.org", "Test “CA”", "in 36 hours", "ok"));
  one.findings = {"expired", "weak_key"};
  EXPECT_THAT(cells_of(one, kNow + 39h),
              ElementsAre("www.example.org:443", "www.example.org", "Test “CA”", "3 hours ago", "expired, weak_key"));
}

TEST(ChangesOfScans, AreNewGoneAndChanged) {
  auto renewed = row("b:443", "02");
  auto broken = row("c:443");
  broken.findings = {"untrusted"};
  auto explained = row("d:443");
  explained.detail = "other words for the same";
  const auto changes =
      changes_between({row("a:443"), row("b:443"), row("c:443"), row("d:443")}, {renewed, broken, explained, row("e:443")});
  ASSERT_EQ(changes.fresh.size(), 1U);
  EXPECT_EQ(changes.fresh[0].where, "e:443");
  ASSERT_EQ(changes.gone.size(), 1U);
  EXPECT_EQ(changes.gone[0].where, "a:443");
  ASSERT_EQ(changes.changed.size(), 2U);
  EXPECT_EQ(changes.changed[0].before.serial, "01");
  EXPECT_EQ(changes.changed[0].now.serial, "02");
  EXPECT_EQ(changes.changed[1].now.findings, broken.findings);
}

}  // namespace
}  // namespace carillon::certs
