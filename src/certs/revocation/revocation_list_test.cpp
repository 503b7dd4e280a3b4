#include "certs/revocation/revocation_list.hpp"

#include "base/encoding.hpp"
#include "certs/revocation/testing/lists.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace carillon::certs {
namespace {

using namespace std::chrono_literals;
using testing::der;
using testing::extension;
using ::testing::HasSubstr;

constexpr Time kNow{std::chrono::sys_days{std::chrono::year{2026} / 11 / 24}};
constexpr const char* kUrl = "http://crl.example.org/1.crl";

/// issuingDistributionPoint with this URL and further members.
std::string distribution_point(std::string_view url, const std::string& more = {}) {
  const auto point = url.empty() ? std::string{} : der(0xa0, der(0xa0, der(0x86, url)));
  return extension(28, der(0x30, point + more), true);
}

class RevocationLists : public ::testing::Test {
 protected:
  testing::ListWanted wanted() const {
    return {.issuer = testing::name_of(ca_.issuer()),
            .this_update = kNow - 1h,
            .next_update = kNow + 24h * 6,
            .entries = {{.serial = std::string("\x01\x02", 2)}}};
  }
  testing::ListWanted revoking(int reason = 1) const {
    auto list = wanted();
    list.entries.push_back({.serial = serial_bytes(leaf_), .reason = reason});
    return list;
  }
  RevocationAnswer ask(std::string_view bytes, std::span<const crypto::Certificate> others = {}) const {
    const ListQuestion question{.leaf = leaf_, .issuer = ca_.issuer(), .others = others};
    std::optional<ListDates> dates;
    return read_revocation_list(bytes, {&question, 1}, kNow, dates).front();
  }
  RevocationAnswer ask(const testing::ListWanted& list) const { return ask(testing::make_list(list, ca_.key)); }
  void expect_unknown(const RevocationAnswer& answer, const char* why) const {
    EXPECT_EQ(answer.status, RevocationStatus::unknown);
    EXPECT_THAT(answer.problem, HasSubstr(why));
  }

  testing::ListCa ca_{kNow};
  crypto::Certificate leaf_ = ca_.leaf(kNow, kUrl);
};

TEST_F(RevocationLists, WhatIsListedIsRevoked) {
  EXPECT_EQ(ask(wanted()).status, RevocationStatus::good);
  const auto answer = ask(revoking());
  EXPECT_EQ(answer.status, RevocationStatus::revoked);
  EXPECT_EQ(answer.reason, 1);
  EXPECT_EQ(answer.revoked_at, kNow - 1h);
  EXPECT_EQ(ask(revoking(6)).status, RevocationStatus::revoked) << "suspended";
  EXPECT_EQ(ask(revoking(8)).status, RevocationStatus::good) << "removed from the list";
}

TEST_F(RevocationLists, PemIsReadToo) {
  const auto list = testing::make_list(revoking(), ca_.key);
  const auto pem = "-----BEGIN X509 CRL-----\n" + to_base64(std::as_bytes(std::span{list})) + "\n-----END X509 CRL-----\n";
  EXPECT_EQ(ask(pem).status, RevocationStatus::revoked);
}

TEST_F(RevocationLists, OnlyTheIssuersSignatureCounts) {
  const testing::ListCa stranger{kNow};  // of the same name
  expect_unknown(ask(testing::make_list(revoking(), stranger.key)), "isn't signed by the certificate's CA");
  auto list = testing::make_list(revoking(), ca_.key);
  list[list.size() / 2] = static_cast<char>(list[list.size() / 2] ^ 1);
  EXPECT_EQ(ask(list).status, RevocationStatus::unknown);
}

TEST_F(RevocationLists, TheIssuerMayAppointSomebody) {
  const auto key = crypto::testing::make_key(crypto::testing::KeyKind::p256);
  crypto::testing::Wanted named{.common_name = "CRL issuer", .names = {}, .not_before = kNow - 1h, .not_after = kNow + 24h};
  named.is_authority = true;
  std::vector<crypto::Certificate> others;
  others.push_back(ca_.make(named, key));
  auto list = revoking();
  list.issuer = testing::name_of(others.front());
  // An entry of an indirect list belongs to the list's issuer until another one is named.
  list.extensions = extension(28, der(0x30, der(0x84, "\xff")), true);
  EXPECT_EQ(ask(testing::make_list(list, key), others).status, RevocationStatus::good);
  list.entries.back().issuer = testing::name_of(ca_.issuer());
  EXPECT_EQ(ask(testing::make_list(list, key), others).status, RevocationStatus::revoked);
  list.entries.back().issuer = testing::name_of(others.front());
  EXPECT_EQ(ask(testing::make_list(list, key), others).status, RevocationStatus::good);
  // Without the appointment, or when it isn't an indirect list, it says nothing.
  expect_unknown(ask(testing::make_list(list, key)), "isn't signed by the certificate's CA");
  list.extensions.clear();
  expect_unknown(ask(testing::make_list(list, key), others), "a different CA");
  const testing::ListCa stranger{kNow, "Stranger"};
  std::vector<crypto::Certificate> not_appointed;
  not_appointed.push_back(stranger.make(named, key));
  list.extensions = extension(28, der(0x30, der(0x84, "\xff")), true);
  expect_unknown(ask(testing::make_list(list, key), not_appointed), "isn't signed by the certificate's CA");
}

TEST_F(RevocationLists, AListIsGoodFromItsDateToTheNext) {
  auto list = revoking();
  list.next_update = kNow - 1h;
  expect_unknown(ask(list), "out of date: the next one was due on");
  list = revoking();
  list.this_update = kNow + 1h;
  expect_unknown(ask(list), "dated in the future");
}

TEST_F(RevocationLists, APartOfAListSpeaksOfItsOwnCertificates) {
  auto list = wanted();
  list.extensions = distribution_point(kUrl, der(0x81, "\xff"));
  EXPECT_EQ(ask(list).status, RevocationStatus::good);
  list.extensions = distribution_point("http://crl.example.org/2.crl");
  expect_unknown(ask(list), "isn't the part");
  list.extensions = distribution_point({}, der(0x82, "\xff"));
  expect_unknown(ask(list), "only CA certificates");
  list.extensions = distribution_point({}, der(0x85, "\xff"));
  expect_unknown(ask(list), "only attribute certificates");
  list.extensions = distribution_point(kUrl, der(0x83, std::string("\x06\x40", 2)));
  expect_unknown(ask(list), "only some revocation reasons");
  list.entries.push_back({.serial = serial_bytes(leaf_)});
  EXPECT_EQ(ask(list).status, RevocationStatus::revoked);
}

TEST_F(RevocationLists, DeltasAndUnknownCriticalExtensionsSayNothing) {
  auto list = wanted();
  list.extensions = extension(27, der(0x02, "\x01"), true);
  expect_unknown(ask(list), "delta");
  list.extensions = extension(99, der(0x02, "\x01"), true);
  expect_unknown(ask(list), "critical extension");
  list.extensions = extension(99, der(0x02, "\x01")) + extension(20, der(0x02, "\x01"));
  EXPECT_EQ(ask(list).status, RevocationStatus::good);
}

TEST_F(RevocationLists, AnEntryWithAnUnknownCriticalExtensionMakesTheListUnusable) {
  auto list = wanted();
  list.entries.push_back({.serial = "\x55", .extensions = extension(99, der(0x02, "\x01"), true)});
  expect_unknown(ask(list), "an entry with a critical extension that Carillon doesn't know");
  list.entries.back().extensions = extension(99, der(0x02, "\x01")) + extension(24, der(0x18, "20261101000000Z"), true);
  EXPECT_EQ(ask(list).status, RevocationStatus::good);
  // Without the mark of an indirect list, an entry that is another CA's isn't ours, and isn't understood either.
  list.entries.back() = {.serial = serial_bytes(leaf_), .issuer = testing::name_of(testing::ListCa{kNow, "Stranger"}.issuer())};
  expect_unknown(ask(list), "an entry with a critical extension");
}

TEST_F(RevocationLists, WhatIsCutOrNoListSaysNothing) {
  const auto whole = testing::make_list(revoking(), ca_.key);
  for (std::size_t length = 0; length < whole.size(); ++length)
    ASSERT_EQ(ask(std::string_view{whole}.substr(0, length)).status, RevocationStatus::unknown) << length;
  for (const auto* other : {"", "<html>", "-----BEGIN X509 CRL-----", "0\x80"})
    expect_unknown(ask(std::string_view{other}), "There is no CRL");
}

TEST_F(RevocationLists, ALargeOneIsSearchedInAMoment) {
  auto list = wanted();
  for (int i = 0; i < 260'000; ++i)
    list.entries.push_back({.serial = std::string("\x7f") + std::to_string(1'000'000'000 + i), .reason = 4});
  list.entries.push_back({.serial = serial_bytes(leaf_), .reason = 4});
  const auto bytes = testing::make_list(list, ca_.key);
  ASSERT_GT(bytes.size(), 10U << 20);
  EXPECT_EQ(ask(bytes).status, RevocationStatus::revoked);
}

}  // namespace
}  // namespace carillon::certs
