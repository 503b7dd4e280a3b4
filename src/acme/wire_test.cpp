#include "acme/wire.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace carillon::acme::wire {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr std::string_view kDirectory = "https://ca.example/directory";

TEST(AcmeWire, LetsTheCaSendUsOnlyWhereItsDirectoryCouldBe) {
  for (const auto* url : {"https://ca.example/order/1", "https://other.example:14000/x?y=1"})
    EXPECT_TRUE(is_url_of_ca(url, kDirectory)) << url;
  for (const auto* url :
       {"http://ca.example/order/1", "", "https://", "https:///path", "/order/1", "//ca.example/", "file:///etc/passwd",
        "https://ca.example/a b", "HTTPS://ca.example/", "https://ca.example/\r\nX: y", "https://ca.example/\"", "ftp://ca.example/"})
    EXPECT_FALSE(is_url_of_ca(url, kDirectory)) << url;
  EXPECT_FALSE(is_url_of_ca("https://ca.example/" + std::string(kLongestUrl, 'x'), kDirectory));
  EXPECT_TRUE(is_url_of_ca("http://127.0.0.1:4000/order/1", "http://127.0.0.1:4000/directory"));
  EXPECT_TRUE(is_url_of_ca("https://127.0.0.1:4000/order/1", "http://127.0.0.1:4000/directory"));
}

TEST(AcmeWire, NeedsWhatNobodyCanDoWithout) {
  const auto with = [](std::string_view nonce, std::string_view order) {
    return R"({"newNonce":")" + std::string(nonce) + R"(","newAccount":"https://ca.example/a","newOrder":)" + std::string(order) + "}";
  };
  EXPECT_TRUE(parse_directory(with("https://ca.example/n", R"("https://ca.example/o")"), kDirectory));
  EXPECT_FALSE(parse_directory(with("http://ca.example/n", R"("https://ca.example/o")"), kDirectory));
  EXPECT_FALSE(parse_directory(with("https://ca.example/n", "7"), kDirectory));
  EXPECT_FALSE(parse_directory("{}", kDirectory));
}

TEST(AcmeWire, RefusesDocumentsThatAreTooDeep) {
  const auto nested = [](std::size_t depth) {
    return R"({"status":"valid","x":)" + std::string(depth, '[') + std::string(depth, ']') + "}";
  };
  EXPECT_TRUE(parse_account_status(nested(4)));
  EXPECT_FALSE(parse_account_status(nested(100'000)));
}

TEST(AcmeWire, TurnsAProblemWithItsPartsIntoOneSentence) {
  const auto problem = parse_problem(
      R"({"type":"urn:ietf:params:acme:error:malformed","detail":"Some of the identifiers requested were rejected.","subproblems":[
    {"type":"urn:ietf:params:acme:error:malformed","detail":"Invalid underscore in DNS name","identifier":{"type":"dns","value":"_a.example"}},
    {"type":"urn:ietf:params:acme:error:rejectedIdentifier","detail":"This CA will not issue.","identifier":{"type":"dns","value":"b.example"}}, 7, {}]})");
  EXPECT_EQ(problem.type, "malformed");
  EXPECT_EQ(problem.sentence,
            "Some of the identifiers requested were rejected — _a.example: Invalid underscore in DNS name; b.example: This CA will not "
            "issue (malformed)");
  EXPECT_THAT(problem.of_names, ::testing::ElementsAre(::testing::Pair("_a.example", "Invalid underscore in DNS name"),
                                                       ::testing::Pair("b.example", "This CA will not issue")));
}

TEST(AcmeWire, MakesSomethingOfEveryProblem) {
  EXPECT_EQ(parse_problem("<html>502</html>").sentence, "it gave no reason");
  EXPECT_EQ(parse_problem("{}").sentence, "it gave no reason");
  EXPECT_EQ(parse_problem(R"({"type":"about:blank","title":"Gone"})").sentence, "Gone");
  EXPECT_EQ(parse_problem(R"({"type":"urn:ietf:params:acme:error:a b","detail":"x"})").type, "")
      << "what is no word is none of ACME's types";
  EXPECT_EQ(parse_problem("{\"detail\":\"a\\r\\nSubject: b\"}").sentence, "a  Subject: b") << "it may end up in a mail";
  EXPECT_LE(parse_problem(R"({"detail":")" + std::string(100'000, 'x') + "\"}").sentence.size(), kLongestSentence);
}

TEST(AcmeWire, ReadsOrdersStrictly) {
  const auto order = [](const std::string& members) {
    return parse_order(R"({"authorizations":["https://ca.example/a"],"finalize":"https://ca.example/f",)" + members + "}", kDirectory);
  };
  EXPECT_TRUE(order(R"("status":"ready")"));
  EXPECT_EQ(order(R"("status":"ready","certificate":"https://ca.example/c")")->certificate, "") << "there is none before it is valid";
  EXPECT_FALSE(order(R"("status":"valid")")) << "valid, and no certificate";
  EXPECT_FALSE(order(R"("status":"deactivated")"));
  EXPECT_FALSE(order(R"("status":7)"));
  EXPECT_FALSE(order(R"("status":"ready","finalize":"http://ca.example/f")"));
  EXPECT_FALSE(order(R"("status":"ready","authorizations":[])"));
  EXPECT_FALSE(order(R"("status":"ready","authorizations":["https://ca.example/a",7])"));
  EXPECT_FALSE(order(R"("status":"ready","expires":"soon")")->expires) << "a date that can't be read is none";
}

TEST(AcmeWire, ReadsAuthorizations) {
  const auto wild = parse_authorization(R"({"status":"valid","wildcard":true,"identifier":{"type":"dns","value":"a.example"},"challenges":[
    {"type":"dns-01","url":"https://ca.example/c","token":"t","status":"invalid","error":{"type":"urn:ietf:params:acme:error:dns","detail":"no TXT record"}}]})",
                                        kDirectory)
                        .value();
  EXPECT_TRUE(wild.wildcard);
  EXPECT_EQ(wild.status, Status::valid);
  ASSERT_EQ(wild.challenges.size(), 1U);
  EXPECT_EQ(wild.challenges[0].status, Status::invalid);
  EXPECT_EQ(wild.challenges[0].error, "no TXT record (dns)");
  EXPECT_FALSE(parse_authorization(R"({"status":"valid"})", kDirectory));
  EXPECT_FALSE(parse_authorization(R"({"status":"ready","identifier":{"value":"a"}})", kDirectory));
}

TEST(AcmeWire, ReadsChallengesForARecordThatStays) {
  const auto challenges = [](const std::string& more) {
    return parse_authorization(R"({"status":"pending","identifier":{"type":"dns","value":"a.example"},"challenges":[
      {"type":"dns-persist-01","url":"https://ca.example/c","status":"pending")" +
                                   more + "}]}",
                               kDirectory)
        ->challenges;
  };
  // Until draft 01, and from draft 02 on.
  auto found = challenges(R"(,"issuer-domain-names":["ca.example","b.example"])");
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].issuer_domains, (std::vector<std::string>{"ca.example", "b.example"}));
  EXPECT_FALSE(found[0].hashes_accounts);
  found = challenges(R"(,"issuerDomainNames":["ca.example"],"token":"ignored")");
  ASSERT_EQ(found.size(), 1U);
  EXPECT_TRUE(found[0].hashes_accounts);
  EXPECT_EQ(found[0].token, "");
  const std::string eleven = R"("a","a","a","a","a","a","a","a","a","a","a")";
  for (const auto& bad : std::vector<std::string>{"", R"(,"issuer-domain-names":[])", R"(,"issuer-domain-names":"ca.example")",
                                                  R"(,"issuer-domain-names":[1])", R"(,"issuer-domain-names":["ca example; x=y"])",
                                                  R"(,"issuer-domain-names":["ca.example."])", R"(,"issuer-domain-names":["CA.example"])",
                                                  R"(,"issuer-domain-names":[)" + eleven + "]",
                                                  R"(,"issuer-domain-names":[")" + std::string(254, 'a') + "\"]"})
    EXPECT_TRUE(challenges(bad).empty()) << bad;
}

TEST(AcmeWire, TakesARenewalWindowOnlyWhenItIsOne) {
  const auto window = [](std::string_view start, std::string_view end) {
    return parse_renewal_info(R"({"suggestedWindow":{"start":")" + std::string(start) + R"(","end":")" + std::string(end) + R"("}})", {});
  };
  EXPECT_TRUE(window("2026-11-24T00:00:00Z", "2026-11-24T00:00:01Z"));
  EXPECT_TRUE(window("2026-11-24T00:00:00+02:00", "2026-11-23T22:00:01Z"));
  EXPECT_FALSE(window("2026-11-24T00:00:00Z", "2026-11-24T00:00:00Z"));
  EXPECT_FALSE(window("2026-11-25T00:00:00Z", "2026-11-24T00:00:00Z"));
  EXPECT_FALSE(window("2026-11-25", "2026-11-26"));
  EXPECT_FALSE(window("", ""));
  EXPECT_FALSE(parse_renewal_info("{}", {}));
  EXPECT_FALSE(parse_renewal_info(R"({"suggestedWindow":[]})", {}));
}

TEST(AcmeWire, ShowsAnExplanationOnlyWhenItIsALink) {
  const auto explanation = [](std::string_view url) {
    return parse_renewal_info(R"({"suggestedWindow":{"start":"2026-11-24T00:00:00Z","end":"2026-11-25T00:00:00Z"},"explanationURL":")" +
                                  std::string(url) + "\"}",
                              {})
        ->explanation;
  };
  EXPECT_EQ(explanation("http://ca.example/why"), "http://ca.example/why");
  EXPECT_EQ(explanation("javascript:alert(1)"), "");
}

TEST(AcmeWire, ReadsRetryAfterAsSecondsAndAsADate) {
  const auto now = parse_http_date("Tue, 24 Nov 2026 08:42:06 GMT").value();
  EXPECT_EQ(parse_retry_after("120", {}), 120s);
  EXPECT_EQ(parse_retry_after("0", {}), 0s);
  EXPECT_EQ(parse_retry_after("Tue, 24 Nov 2026 08:43:06 GMT", now), 60s);
  EXPECT_EQ(parse_retry_after("Tue, 24 Nov 2026 08:41:06 GMT", now), 0s) << "in the past: now";
  EXPECT_EQ(parse_retry_after("Tue, 24 Nov 2026 08:43:06 GMT", {}), std::nullopt) << "a date without another one to compare says nothing";
  EXPECT_EQ(parse_retry_after("18446744073709551615", {}), kLongestRetryAfter);
  EXPECT_EQ(parse_retry_after("Tue, 24 Nov 2099 08:43:06 GMT", now), kLongestRetryAfter);
  for (const auto* nothing : {"", "soon", "-1", "1.5", "99999999999999999999999"})
    EXPECT_EQ(parse_retry_after(nothing, now), std::nullopt) << nothing;
}

TEST(AcmeWire, FindsAlternateChains) {
  EXPECT_THAT(alternates_in(R"(<https://ca.example/1>;rel="alternate")", kDirectory), ElementsAre("https://ca.example/1"));
  EXPECT_THAT(
      alternates_in(
          R"(<https://ca.example/d>;rel="index" , <https://ca.example/1>; title="a,b;rel=index"; rel="x Alternate",<https://ca.example/2>;rel=alternate;x)",
          kDirectory),
      ElementsAre("https://ca.example/1", "https://ca.example/2"));
  EXPECT_THAT(alternates_in(R"(<https://ca.example/1>;rel=index;rel=alternate)", kDirectory), IsEmpty()) << "only the first rel counts";
  for (const auto* nothing : {"", "<", "<>;rel=alternate", "https://ca.example/1;rel=alternate", "<https://ca.example/1>",
                              R"(<http://ca.example/1>;rel="alternate")", "<https://ca.example/1>;rel=\"alternate \\"})
    EXPECT_THAT(alternates_in(nothing, kDirectory), IsEmpty()) << nothing;
  std::string many;
  for (int i = 0; i < 50; ++i) many += "<https://ca.example/1>;rel=alternate,";
  EXPECT_EQ(alternates_in(many, kDirectory).size(), kMaxAlternates);
}

}  // namespace
}  // namespace carillon::acme::wire
