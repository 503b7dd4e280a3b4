#include "acme/client.hpp"

#include "acme/testing/scripted_ca.hpp"
#include "base/json.hpp"
#include "base/testing/testing.hpp"
#include "crypto/certificate_maker.hpp"
#include "crypto/hmac.hpp"
#include "crypto/jws.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace carillon::acme {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::Say;
using testing::ScriptedCa;
using testing::text_of;
using testing::json::value;
namespace json = boost::json;

constexpr const char* kAccount = "https://ca.example/account/7";
constexpr const char* kPendingOrder =
    R"({"status":"pending","expires":"2026-12-01T00:00:00Z","identifiers":[{"type":"dns","value":"a.example"}],)"
    R"("authorizations":["https://ca.example/authz/1"],"finalize":"https://ca.example/order/1/finalize"})";

std::string problem(const std::string& type, const std::string& detail) {
  return R"({"type":"urn:ietf:params:acme:error:)" + type + R"(","detail":")" + detail + R"("})";
}

class AcmeClient : public ::testing::Test {
 protected:
  AcmeClient() { ca_.trust_key(json::parse(jwk_)); }

  Client with_account() { return Client{ca_, issuer(), std::move(key_), kAccount}; }
  Client without_account() { return Client{ca_, issuer(), std::move(key_)}; }
  static Issuer issuer() {
    return {.name = "Example CA", .directory = std::string(ScriptedCa::kDirectoryUrl), .directory_trust = "roots.pem"};
  }
  /// What was posted last.
  value payload() const { return json::parse(ca_.posted.back().payload); }

  crypto::PrivateKey key_ = crypto::PrivateKey::generate_p256().value();
  std::string jwk_ = crypto::jwk_of(key_);
  std::string thumbprint_ = crypto::jwk_thumbprint(key_);
  ScriptedCa ca_;
};

TEST_F(AcmeClient, FetchesTheDirectoryOnceAndAgainWhenItIsForgotten) {
  auto client = without_account();
  const auto directory = client.directory();
  ASSERT_TRUE(directory) << directory.error().error.message;
  EXPECT_EQ(directory->new_order, "https://ca.example/order");
  EXPECT_EQ(directory->renewal_info, "https://ca.example/renewal");
  EXPECT_THAT(directory->caa_identities, ElementsAre("ca.example"));
  EXPECT_EQ(directory->profiles.at("tlsserver"), "short");
  ASSERT_TRUE(client.directory());
  EXPECT_EQ(ca_.asked.size(), 1U);
  client.forget_directory();
  ASSERT_TRUE(client.directory());
  EXPECT_EQ(ca_.asked.size(), 2U);
}

TEST_F(AcmeClient, OpensAnAccountWithItsBareKeyAndUsesItFromThenOn) {
  ca_.say("POST", "account", {.status = 201, .body = R"({"status":"valid"})", .fields = {{"Location", kAccount}}});
  ca_.say("POST", "order", {.status = 201, .body = kPendingOrder, .fields = {{"Location", "https://ca.example/order/1"}}});
  auto client = without_account();
  const auto url = client.register_account({"ops@example.org", "mailto:second@example.org"}, {});
  ASSERT_TRUE(url) << url.error().error.message;
  EXPECT_EQ(*url, kAccount);
  EXPECT_EQ(client.account_url(), kAccount);
  EXPECT_EQ(payload(), json::parse(R"({"termsOfServiceAgreed":true,"contact":["mailto:ops@example.org","mailto:second@example.org"]})"));
  EXPECT_EQ(ca_.posted.back().header.at("jwk"), json::parse(jwk_));
  ASSERT_TRUE(client.new_order({.names = {"a.example"}}));
  EXPECT_EQ(text_of(ca_.posted.back().header, "kid"), kAccount);
}

TEST_F(AcmeClient, BindsAnExternalAccount) {
  ca_.say("POST", "account", {.status = 201, .body = R"({"status":"valid"})", .fields = {{"Location", kAccount}}});
  auto client = without_account();
  ASSERT_TRUE(client.register_account({}, ExternalAccount{.key_id = "kid-1", .hmac_key = "a secret"}));
  const auto binding = payload().at("externalAccountBinding");
  EXPECT_EQ(testing::unwrapped(text_of(binding, "protected")), R"({"alg":"HS256","kid":"kid-1","url":"https://ca.example/account"})");
  EXPECT_EQ(testing::unwrapped(text_of(binding, "payload")), jwk_);
  const auto input = text_of(binding, "protected") + "." + text_of(binding, "payload");
  EXPECT_EQ(text_of(binding, "signature"), to_base64url(crypto::hmac_sha256(as_bytes("a secret"), as_bytes(input)).bytes));
}

TEST_F(AcmeClient, SaysWhenTheCaAsksForAnExternalAccount) {
  ScriptedCa strict;
  strict.say("GET", "directory", {});
  strict.say(
      "GET", "directory",
      {.body = R"({"newNonce":"https://ca.example/nonce","newAccount":"https://ca.example/account","newOrder":"https://ca.example/order",)"
               R"("meta":{"externalAccountRequired":true}})"});
  auto client = Client{strict, issuer(), std::move(key_)};
  ASSERT_TRUE(client.directory());
  client.forget_directory();
  EXPECT_FALSE(client.directory()) << "an empty document is no directory";
  const auto account = client.register_account({}, {});
  ASSERT_FALSE(account);
  EXPECT_EQ(account.error().type, "externalAccountRequired");
}

TEST_F(AcmeClient, RefusesAnAccountThatWasClosed) {
  ca_.say("POST", "account", {.body = R"({"status":"deactivated"})", .fields = {{"Location", kAccount}}});
  auto client = without_account();
  EXPECT_FALSE(client.register_account({}, {}));
  EXPECT_EQ(client.account_url(), "");
}

TEST_F(AcmeClient, ChangesAndClosesItsAccount) {
  ca_.say("POST", "account/7", {.body = R"({"status":"valid"})"});
  auto client = with_account();
  ASSERT_TRUE(client.update_account({"new@example.org"}));
  EXPECT_EQ(payload(), json::parse(R"({"contact":["mailto:new@example.org"]})"));
  ASSERT_TRUE(client.deactivate_account());
  EXPECT_EQ(payload(), json::parse(R"({"status":"deactivated"})"));
  const auto order = client.new_order({.names = {"a.example"}});
  ASSERT_FALSE(order);
  EXPECT_EQ(order.error().type, "accountDoesNotExist");
  EXPECT_EQ(ca_.posted.size(), 2U) << "nothing is asked without an account";
}

TEST_F(AcmeClient, ReportsAnAccountThatTheCaForgot) {
  ca_.say("POST", "order", {.status = 400, .body = problem("accountDoesNotExist", "unknown account")});
  const auto order = with_account().new_order({.names = {"a.example"}});
  ASSERT_FALSE(order);
  EXPECT_EQ(order.error().type, "accountDoesNotExist");
  EXPECT_EQ(order.error().status, 400);
  EXPECT_EQ(order.error().error.kind, ErrorKind::refused);
}

TEST_F(AcmeClient, OrdersWithProfileAndPredecessor) {
  ca_.say("POST", "order",
          {.status = 201, .body = kPendingOrder, .fields = {{"Location", "https://ca.example/order/1"}, {"Retry-After", "7"}}});
  const auto order = with_account().new_order({.names = {"a.example", "192.0.2.7"}, .profile = "tlsserver", .replaces = "aki.serial"});
  ASSERT_TRUE(order) << order.error().error.message;
  EXPECT_EQ(
      payload(),
      json::parse(
          R"({"identifiers":[{"type":"dns","value":"a.example"},{"type":"ip","value":"192.0.2.7"}],"profile":"tlsserver","replaces":"aki.serial"})"));
  EXPECT_EQ(order->url, "https://ca.example/order/1");
  EXPECT_EQ(order->status, Status::pending);
  EXPECT_EQ(order->finalize, "https://ca.example/order/1/finalize");
  EXPECT_THAT(order->authorizations, ElementsAre("https://ca.example/authz/1"));
  EXPECT_EQ(order->expires, parse_rfc3339("2026-12-01T00:00:00Z").value());
  EXPECT_EQ(order->retry_after, 7s);
  ASSERT_TRUE(ca_.posted.back().payload.find("profile") != std::string::npos);
}

TEST_F(AcmeClient, KnowsWhichNamesOfAnOrderAreRejected) {
  const std::vector<std::string> all{"a.example", "www.a.example", "*.a.example"}, none, one{"a.example"};
  struct Case {
    const char* detail;
    std::vector<std::string> names, rejected;
  };
  const std::vector<Case> cases{{"Cannot issue for \"a.example\": the CA's policy forbids it", all, one},
                                {"We don't issue for WWW.a.example.", all, {"www.a.example"}},
                                {"Not for *.a.example, ever", all, {"*.a.example"}},
                                {"Too many for a.example, www.a.example, *.a.example", all, none},  // that's the whole order
                                {"No", all, none},
                                {"Not for a.example", one, none}};
  for (const auto& [detail, names, rejected] : cases)
    ca_.say("POST", "order",
            {.status = 400,
             .body = json_text(json::object{{"type", "urn:ietf:params:acme:error:rejectedIdentifier"}, {"detail", detail}}),
             .fields = {}});
  auto client = with_account();
  for (const auto& [detail, names, rejected] : cases) {
    const auto order = client.new_order({.names = names});
    ASSERT_FALSE(order);
    std::vector<std::string> found;
    for (const auto& [name, why] : order.error().of_names) found.push_back(name);
    EXPECT_EQ(found, rejected) << detail;
  }
}

TEST_F(AcmeClient, LeavesOutWhatWasNotWished) {
  ca_.say("POST", "order", {.status = 201, .body = kPendingOrder, .fields = {{"Location", "https://ca.example/order/1"}}});
  ASSERT_TRUE(with_account().new_order({.names = {"a.example"}}));
  EXPECT_EQ(payload(), json::parse(R"({"identifiers":[{"type":"dns","value":"a.example"}]})"));
}

TEST_F(AcmeClient, WalksThroughAnOrderWithPostAsGet) {
  ca_.say("POST", "authz/1",
          {.body = R"({"status":"pending","identifier":{"type":"dns","value":"A.Example"},"challenges":[)"
                   R"({"type":"http-01","url":"https://ca.example/chall/1","token":"tok_en-1","status":"pending"},)"
                   R"({"type":"dns-01","url":"http://elsewhere.example/chall/2","token":"t","status":"pending"},)"
                   R"({"type":"tls-alpn-01","url":"https://ca.example/chall/3","token":"../../etc","status":"pending"}]})",
           .fields = {{"Retry-After", "3"}}});
  ca_.say("POST", "chall/1", {.body = R"({"status":"processing"})"});
  ca_.say(
      "POST", "order/1",
      {.body =
           R"({"status":"valid","authorizations":["https://ca.example/authz/1"],"finalize":"https://ca.example/f","certificate":"https://ca.example/cert/1"})"});
  auto client = with_account();
  const auto authorization = client.authorization("https://ca.example/authz/1");
  ASSERT_TRUE(authorization) << authorization.error().error.message;
  EXPECT_EQ(ca_.posted.back().payload, "");
  EXPECT_EQ(authorization->name, "a.example");
  EXPECT_EQ(authorization->url, "https://ca.example/authz/1");
  EXPECT_EQ(authorization->retry_after, 3s);
  ASSERT_EQ(authorization->challenges.size(), 1U) << "an address without TLS and a token that is a path are left out";
  EXPECT_EQ(authorization->challenges[0].token, "tok_en-1");
  ASSERT_TRUE(client.respond(authorization->challenges[0].url));
  EXPECT_EQ(ca_.posted.back().payload, "{}");
  const auto order = client.order("https://ca.example/order/1");
  ASSERT_TRUE(order);
  EXPECT_EQ(ca_.posted.back().payload, "");
  EXPECT_EQ(order->certificate, "https://ca.example/cert/1");
}

TEST_F(AcmeClient, FinalizesWithTheRequest) {
  ca_.say(
      "POST", "order/1/finalize",
      {.body =
           R"({"status":"processing","authorizations":["https://ca.example/authz/1"],"finalize":"https://ca.example/order/1/finalize"})",
       .fields = {{"Retry-After", "Tue, 24 Nov 2026 08:42:36 GMT"}, {"Date", "Tue, 24 Nov 2026 08:42:06 GMT"}}});
  auto client = with_account();
  const auto order = client.finalize({.url = "https://ca.example/order/1", .finalize = "https://ca.example/order/1/finalize"}, "DER");
  ASSERT_TRUE(order) << order.error().error.message;
  EXPECT_EQ(testing::unwrapped(text_of(payload(), "csr")), "DER");
  EXPECT_EQ(order->url, "https://ca.example/order/1");
  EXPECT_EQ(order->retry_after, 30s) << "a date is read by the CA's own clock";
  EXPECT_EQ(client.last_date(), parse_rfc3339("2026-11-24T08:42:06Z").value());
}

TEST_F(AcmeClient, TellsWhyAnOrderIsInvalid) {
  ca_.say("POST", "order/1",
          {.body = R"({"status":"invalid","authorizations":["https://ca.example/authz/1"],"finalize":"https://ca.example/f","error":)" +
                   problem("unauthorized", "the answer was wrong.") + "}"});
  const auto order = with_account().order("https://ca.example/order/1");
  ASSERT_TRUE(order);
  EXPECT_EQ(order->status, Status::invalid);
  EXPECT_EQ(order->error, "the answer was wrong (unauthorized)");
  EXPECT_EQ(order->error_type, "unauthorized");
}

TEST_F(AcmeClient, DownloadsCertificatesAndNothingElse) {
  SystemRandom random;
  const Time now = carillon::testing::ManualClock{}.now();
  const auto root =
      crypto::make_root({.common_name = "root", .not_before = now, .not_after = now + 24h, .permitted_dns = {"test"}}, key_, random)
          .value();
  const auto pem = root.to_pem().value();
  ca_.say("POST", "cert/1",
          {.body = pem + key_.to_pem().value() + pem,
           .fields = {{"Link", R"(<https://ca.example/cert/1/1>;rel="alternate", <https://ca.example/directory>;rel="index")"},
                      {"link", R"(<https://ca.example/cert/1/2>; rel=alternate)"},
                      {"Link", R"(<http://evil.example/>;rel="alternate")"}}});
  const auto chains = with_account().download("https://ca.example/cert/1");
  ASSERT_TRUE(chains) << chains.error().error.message;
  EXPECT_EQ(chains->first, pem + pem) << "a private key that somebody slipped in does not go on";
  EXPECT_THAT(chains->alternates, ElementsAre("https://ca.example/cert/1/1", "https://ca.example/cert/1/2"));
  EXPECT_EQ(ca_.posted.back().payload, "");
  EXPECT_EQ(ca_.posted.back().accept, "application/pem-certificate-chain");
}

TEST_F(AcmeClient, TakesNothingForACertificateThatIsNone) {
  ca_.say("POST", "cert/1", {.body = "-----BEGIN CERTIFICATE-----\nAAAA\n"});
  const auto chains = with_account().download("https://ca.example/cert/1");
  ASSERT_FALSE(chains);
  EXPECT_EQ(chains.error().error.kind, ErrorKind::unavailable);
  EXPECT_EQ(chains.error().status, 200);
}

TEST_F(AcmeClient, RevokesAndIsContentWhenItIsDoneAlready) {
  ca_.say("POST", "revoke", {.body = ""});
  ca_.say("POST", "revoke", {.status = 400, .body = problem("alreadyRevoked", "done")});
  ca_.say("POST", "revoke", {.status = 403, .body = problem("unauthorized", "not yours")});
  auto client = with_account();
  ASSERT_TRUE(client.revoke("DER", 4));
  EXPECT_EQ(payload(), json::parse(R"({"certificate":"REVS","reason":4})"));
  EXPECT_TRUE(client.revoke("DER", 4));
  EXPECT_FALSE(client.revoke("DER", 4));
}

TEST_F(AcmeClient, AsksWhenToRenewWithoutASignature) {
  const std::string window =
      R"({"suggestedWindow":{"start":"2026-11-24T00:00:00Z","end":"2026-11-26T00:00:00Z"},"explanationURL":"https://ca.example/why"})";
  ca_.say("GET", "renewal/aki.serial", {.body = window, .fields = {{"Retry-After", "21600"}}});
  ca_.say("GET", "renewal/aki.serial", {.body = window, .fields = {{"Retry-After", "1"}}});
  ca_.say("GET", "renewal/aki.serial", {.body = window});
  ca_.say("GET", "renewal/aki.serial", {.body = R"({"suggestedWindow":{"start":"2026-11-26T00:00:00Z","end":"2026-11-26T00:00:00Z"}})"});
  ca_.say("GET", "renewal/aki.serial", {.status = 404, .body = problem("malformed", "unknown certificate")});
  auto client = without_account();
  const auto info = client.renewal_info("aki.serial");
  ASSERT_TRUE(info) << info.error().error.message;
  EXPECT_EQ(info->start, parse_rfc3339("2026-11-24T00:00:00Z").value());
  EXPECT_EQ(info->end, parse_rfc3339("2026-11-26T00:00:00Z").value());
  EXPECT_EQ(info->explanation, "https://ca.example/why");
  EXPECT_EQ(info->retry_after, 6h);
  EXPECT_EQ(client.renewal_info("aki.serial")->retry_after, 1min);
  EXPECT_EQ(client.renewal_info("aki.serial")->retry_after, 6h);
  EXPECT_FALSE(client.renewal_info("aki.serial")) << "an empty window is no answer";
  EXPECT_EQ(client.renewal_info("aki.serial").error().error.kind, ErrorKind::not_found);
  EXPECT_FALSE(client.renewal_info("../directory"));
  EXPECT_FALSE(client.renewal_info(""));
}

TEST_F(AcmeClient, TriesABadNonceAgainWithTheOneOfTheError) {
  for (int i = 0; i < 3; ++i) ca_.say("POST", "order", {.status = 400, .body = problem("badNonce", "old")});
  ca_.say("POST", "order", {.status = 201, .body = kPendingOrder, .fields = {{"Location", "https://ca.example/order/1"}}});
  ASSERT_TRUE(with_account().new_order({.names = {"a.example"}}));
  EXPECT_THAT(ca_.asked, ElementsAre("GET https://ca.example/directory", "POST https://ca.example/order", "POST https://ca.example/order",
                                     "POST https://ca.example/order", "POST https://ca.example/order"))
      << "the directory's own nonce is used, and none is fetched in between";
}

TEST_F(AcmeClient, GivesUpAfterThreeBadNonces) {
  ca_.say("POST", "order", {.status = 400, .body = problem("badNonce", "old")});
  const auto order = with_account().new_order({.names = {"a.example"}});
  ASSERT_FALSE(order);
  EXPECT_EQ(order.error().type, "badNonce");
  EXPECT_EQ(ca_.posted.size(), 4U);
}

TEST_F(AcmeClient, FetchesANonceWhenAnAnswerHadNone) {
  ca_.say("POST", "order", {.status = 400, .body = problem("badNonce", "old"), .nonce = false});
  ca_.say("POST", "order", {.status = 201, .body = kPendingOrder, .fields = {{"Location", "https://ca.example/order/1"}}, .nonce = false});
  auto client = with_account();
  ASSERT_TRUE(client.new_order({.names = {"a.example"}}));
  EXPECT_EQ(ca_.asked[2], "HEAD https://ca.example/nonce");
}

TEST_F(AcmeClient, PassesOnWhenToComeBack) {
  ca_.say("POST", "order", {.status = 429, .body = problem("rateLimited", "too many certificates"), .fields = {{"Retry-After", "3600"}}});
  const auto order = with_account().new_order({.names = {"a.example"}});
  ASSERT_FALSE(order);
  EXPECT_EQ(order.error().type, "rateLimited");
  EXPECT_EQ(order.error().status, 429);
  EXPECT_EQ(order.error().retry_after, 1h);
  EXPECT_EQ(order.error().error.kind, ErrorKind::unavailable);
  EXPECT_EQ(order.error().error.message,
            "Example CA didn't accept an order for a.example: too many certificates (rateLimited), HTTP status 429.");
}

TEST_F(AcmeClient, SaysWhenNobodyAnswers) {
  ca_.unplug();
  const auto order = with_account().new_order({.names = {"a.example"}});
  ASSERT_FALSE(order);
  EXPECT_EQ(order.error().status, 0);
  EXPECT_EQ(order.error().error.kind, ErrorKind::unavailable);
  EXPECT_THAT(order.error().error.message, HasSubstr("didn't respond in time"));
}

TEST_F(AcmeClient, GoesNowhereTheCaMayNotSendIt) {
  ca_.say("POST", "order", {.status = 201, .body = kPendingOrder, .fields = {{"Location", "http://ca.example/order/1"}}});
  auto client = with_account();
  EXPECT_FALSE(client.new_order({.names = {"a.example"}})) << "an order's address without TLS";
  const auto asked = ca_.asked.size();
  EXPECT_FALSE(client.order("http://ca.example/order/1"));
  EXPECT_FALSE(client.order("file:///etc/passwd"));
  EXPECT_FALSE(client.download(""));
  EXPECT_EQ(ca_.asked.size(), asked);
}

TEST_F(AcmeClient, ReportsAnswersThatCannotBeRead) {
  for (const auto* body : {"", "null", "<html>Bad gateway</html>", R"({"status":"valid"})", R"({"status":"dancing"})", R"({"status":)"}) {
    ScriptedCa ca;
    ca.trust_key(json::parse(jwk_));
    ca.say("POST", "order/1", {.body = body});
    auto copy = crypto::PrivateKey::from_pem(key_.to_pem().value()).value();
    const auto order = Client{ca, issuer(), std::move(copy), kAccount}.order("https://ca.example/order/1");
    ASSERT_FALSE(order) << body;
    EXPECT_EQ(order.error().error.kind, ErrorKind::unavailable);
    EXPECT_THAT(order.error().error.message, HasSubstr("Example CA"));
  }
}

TEST_F(AcmeClient, MakesTheKeyAuthorization) { EXPECT_EQ(with_account().key_authorization("token"), "token." + thumbprint_); }

TEST(CertificateId, IsThatOfTheExampleInTheRfc) {
  // RFC 9773 appendix A.
  constexpr std::string_view kExample = R"(-----BEGIN CERTIFICATE-----
MIIBQzCB66ADAgECAgUAh2VDITAKBggqhkjOPQQDAjAVMRMwEQYDVQQDEwpFeGFt
cGxlIENBMCIYDzAwMDEwMTAxMDAwMDAwWhgPMDAwMTAxMDEwMDAwMDBaMBYxFDAS
BgNVBAMTC2V4YW1wbGUuY29tMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEeBZu
7cbpAYNXZLbbh8rNIzuOoqOOtmxA1v7cRm//AwyMwWxyHz4zfwmBhcSrf47NUAFf
qzLQ2PPQxdTXREYEnKMjMCEwHwYDVR0jBBgwFoAUaYhba4dGQEHhs3uEe6CuLN4B
yNQwCgYIKoZIzj0EAwIDRwAwRAIge09+S5TZAlw5tgtiVvuERV6cT4mfutXIlwTb
+FYN/8oCIClDsqBklhB9KAelFiYt9+6FDj3z4KGVelYM5MdsO3pK
-----END CERTIFICATE-----
)";
  const auto chain = crypto::Certificate::chain_from_pem(kExample).value();
  EXPECT_EQ(certificate_id(chain.front().to_der().value()), "aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE");
}

TEST(CertificateId, IsEmptyWhereNoIssuersKeyIsNamed) {
  SystemRandom random;
  const auto key = crypto::PrivateKey::generate_p256().value();
  const Time now = carillon::testing::ManualClock{}.now();
  const auto root =
      crypto::make_root({.common_name = "root", .not_before = now, .not_after = now + 24h, .permitted_dns = {"test"}}, key, random).value();
  EXPECT_EQ(certificate_id(root.to_der().value()), "");
  EXPECT_EQ(certificate_id("nonsense"), "");
}

}  // namespace
}  // namespace carillon::acme
