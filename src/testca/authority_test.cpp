// The authority as its clients meet it: the protocol of RFC 8555, strictly.

#include "testca/authority.hpp"

#include "base/encoding.hpp"
#include "base/json.hpp"
#include "crypto/hmac.hpp"
#include "testca/testing/world.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>

namespace carillon::testca {
namespace {

namespace json = boost::json;
using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Twist = ScriptedClient::Twist;

std::string status_of(const json::object& document) { return std::string(document.at("status").as_string()); }
std::string text(const json::object& document, std::string_view name) { return std::string(document.at(name).as_string()); }

TEST(Authority, SaysWhereEverythingIsAndWhatItOffers) {
  World world;
  const auto directory = world.client->get(world.authority->directory_url()).document();
  EXPECT_EQ(text(directory, "newNonce"), "https://ca.test/new-nonce");
  EXPECT_EQ(text(directory, "renewalInfo"), "https://ca.test/renewal-info");
  EXPECT_TRUE(directory.at("meta").at("profiles").as_object().contains("shortlived"));
  EXPECT_EQ(directory.at("meta").at("caaIdentities").as_array().at(0).as_string(), "ca.test");
}

TEST(Authority, IssuesWhatWasOrderedWithAChainToEachRoot) {
  World world;
  world.client->register_account();
  const auto chain = needed(crypto::Certificate::chain_from_pem(world.client->issue({.names = {"www.example.org", "example.org"}})));
  ASSERT_EQ(chain.size(), 2U);
  EXPECT_THAT(chain[0].names(), ElementsAre("example.org", "www.example.org"));
  EXPECT_TRUE(chain[0].matches(world.client->key_of_last_request()));
  EXPECT_EQ(chain[0].not_after() - chain[0].not_before(), days{90});
  const auto root = world.root();
  EXPECT_TRUE(crypto::verify(chain[0], std::span{&chain[1], 1}, std::span{&root, 1}, "www.example.org", world.clock.now()));

  const auto url = world.client->post_as_get(world.client->at("order/2")).document();
  const auto download = world.client->post_as_get(text(url, "certificate"));
  std::string alternate;
  for (const auto& line : download.fields.lines())
    if (line.value.contains("alternate")) alternate = line.value.substr(1, line.value.find('>') - 1);
  const auto other = needed(crypto::Certificate::chain_from_pem(world.client->post_as_get(alternate).body));
  const auto other_root = world.root(1);
  EXPECT_EQ(other[0].serial_hex(), chain[0].serial_hex());
  EXPECT_TRUE(crypto::verify(other[0], std::span{&other[1], 1}, std::span{&other_root, 1}, "example.org", world.clock.now()));
  EXPECT_FALSE(crypto::verify(other[0], std::span{&other[1], 1}, std::span{&root, 1}, "example.org", world.clock.now()));
}

TEST(Authority, GivesEachProfileItsLifetime) {
  World world;
  world.client->register_account();
  for (const auto& [profile, lifetime] : Settings{}.profiles) {
    const auto chain =
        needed(crypto::Certificate::chain_from_pem(world.client->issue({.names = {profile + ".example.org"}, .profile = profile})));
    EXPECT_EQ(chain[0].not_after() - chain[0].not_before(), lifetime) << profile;
    EXPECT_LE(chain[0].not_before(), world.clock.now()) << profile;
    EXPECT_GT(chain[0].not_after(), world.clock.now() + lifetime * 9 / 10) << profile;
  }
  EXPECT_EQ(world.client->new_order({.names = {"a.example.org"}, .profile = "eternal"}).problem(), "invalidProfile");
}

TEST(Authority, AsksTheValidatorWithTheKeyAuthorizationAndBelievesIt) {
  World world;
  world.client->register_account();
  const auto order = world.client->new_order({.names = {"a.example.org"}}).document();
  EXPECT_EQ(status_of(order), "pending");
  world.client->respond(order, "tls-alpn-01");
  const auto ready = world.client->post_as_get(world.client->at("order/2")).document();
  EXPECT_EQ(status_of(ready), "ready");
  ASSERT_EQ(world.seen.size(), 1U);
  EXPECT_EQ(world.seen[0].name, "a.example.org");
  EXPECT_EQ(world.seen[0].type, "tls-alpn-01");
  EXPECT_EQ(world.seen[0].key_authorization, world.seen[0].token + "." + world.client->thumbprint());
}

TEST(Authority, ARefusedValidationMakesTheOrderInvalidAndSaysWhy) {
  World world;
  world.verdict = fail(ErrorKind::unavailable, "nobody at home");
  world.client->register_account();
  const auto order = world.client->new_order({.names = {"a.example.org"}}).document();
  world.client->respond(order);
  const auto after = world.client->post_as_get(world.client->at("order/2")).document();
  EXPECT_EQ(status_of(after), "invalid");
  EXPECT_EQ(after.at("error").at("type").as_string(), "urn:ietf:params:acme:error:connection");
  EXPECT_EQ(after.at("error").at("detail").as_string(), "nobody at home");
  EXPECT_EQ(world.client->finalize(order).problem(), "orderNotReady");
  EXPECT_EQ(world.count(Act::authorization_failure, "connection"), 1U);
}

TEST(Authority, TakesItsTimeToValidateAndToIssue) {
  World world{{.validation_time = seconds{5}, .processing_time = seconds{20}}};
  world.client->register_account();
  const auto order = world.client->new_order({.names = {"a.example.org"}}).document();
  world.client->respond(order);
  const auto authorization = std::string(order.at("authorizations").as_array().at(0).as_string());
  auto answer = world.client->post_as_get(authorization);
  EXPECT_EQ(status_of(answer.document()), "pending");
  EXPECT_EQ(answer.field("Retry-After"), "1");
  world.clock.advance(seconds{5});
  EXPECT_EQ(status_of(world.client->post_as_get(authorization).document()), "valid");

  EXPECT_EQ(status_of(world.client->finalize(order).document()), "processing");
  world.clock.advance(seconds{19});
  answer = world.client->post_as_get(world.client->at("order/2"));
  EXPECT_EQ(status_of(answer.document()), "processing");
  EXPECT_EQ(answer.field("Retry-After"), "1");
  world.clock.advance(seconds{1});
  EXPECT_EQ(status_of(world.client->post_as_get(world.client->at("order/2")).document()), "valid");
}

TEST(Authority, ReusesAnAuthorizationForAsLongAsItSays) {
  World world{{.authorization_reuse = hours{7}}};
  world.client->register_account();
  (void)world.client->issue({.names = {"a.example.org"}});
  world.clock.advance(hours{7} - seconds{1});
  EXPECT_EQ(status_of(world.client->new_order({.names = {"a.example.org"}}).document()), "ready");
  world.clock.advance(seconds{1});
  EXPECT_EQ(status_of(world.client->new_order({.names = {"a.example.org"}}).document()), "pending");
  auto other = world.other();
  EXPECT_EQ(status_of(other.new_order({.names = {"a.example.org"}}).document()), "pending") << "an authorization of another account counts";
}

TEST(Authority, RefusesWhatRfc8555ForbidsInAMessage) {
  World world;
  auto& client = *world.client;
  const auto account = client.register_account();
  const auto order = R"({"identifiers":[{"type":"dns","value":"a.example.org"}]})";
  const auto url = client.at("new-order");
  EXPECT_EQ(client.post(url, order, {.nonce = "bm90IG91cnM"}).problem(), "badNonce");
  EXPECT_EQ(client.post(url, order, {.url = client.at("new-account")}).problem(), "unauthorized");
  EXPECT_EQ(client.post(url, order, {.key_id = client.at("account/99")}).problem(), "accountDoesNotExist");
  EXPECT_EQ(client.post(url, order, {.algorithm = "none"}).problem(), "badSignatureAlgorithm");
  EXPECT_EQ(client.post(url, order, {.content_type = "application/json"}).status, 415);
  EXPECT_EQ(client.post(url, order, {.with_jwk = true}).problem(), "malformed");
  EXPECT_EQ(client.post(url, order, {.both = true}).problem(), "malformed");
  EXPECT_EQ(client.post(url, order, {.break_signature = true}).problem(), "malformed");
  EXPECT_EQ(client.get(url).status, 405);
  EXPECT_EQ(client.get(client.at("nothing")).status, 404);
  EXPECT_EQ(world.count(Act::order), 0U);
  EXPECT_EQ(client.post(url, order).status, 201) << "the message without a twist is refused too";
}

TEST(Authority, TakesANonceOnce) {
  World world;
  world.client->register_account();
  const auto nonce = world.client->nonce();
  EXPECT_EQ(world.client->post(world.client->at("account/1"), "", {.nonce = nonce}).status, 200);
  const auto again = world.client->post(world.client->at("account/1"), "", {.nonce = nonce});
  EXPECT_EQ(again.problem(), "badNonce");
  EXPECT_FALSE(again.field("Replay-Nonce").empty()) << "the next nonce has to come with the refusal";
}

TEST(Authority, RefusesTheShareOfNoncesItIsToldTo) {
  World world{{.bad_nonce_share = 0.25}};
  while (world.client->post(world.client->at("new-account"), "{}").status != 201) {}
  world.client->register_account("{\"onlyReturnExisting\":true}");
  int refused = 0;
  for (int i = 0; i < 400; ++i) refused += world.client->post_as_get(world.client->at("account/1")).problem() == "badNonce" ? 1 : 0;
  EXPECT_GT(refused, 60);
  EXPECT_LT(refused, 140);
}

TEST(Authority, FindsChangesAndDeactivatesAccounts) {
  World world;
  auto& client = *world.client;
  EXPECT_EQ(client.post(client.at("new-account"), R"({"onlyReturnExisting":true})").problem(), "accountDoesNotExist");
  const auto url = client.register_account();
  EXPECT_EQ(client.register_account(), url) << "the same key got another account";
  EXPECT_EQ(client.post(url, R"({"contact":["mailto:new@example.org"]})").document().at("contact").as_array().at(0).as_string(),
            "mailto:new@example.org");
  EXPECT_EQ(client.post(url, R"({"contact":["tel:+49"]})").problem(), "unsupportedContact");
  auto other = world.other();
  EXPECT_EQ(other.post_as_get(url).problem(), "unauthorized");
  EXPECT_EQ(status_of(client.post(url, R"({"status":"deactivated"})").document()), "deactivated");
  EXPECT_EQ(client.post_as_get(url).problem(), "unauthorized");
}

TEST(Authority, ChangesTheKeyOfAnAccount) {
  World world;
  auto& client = *world.client;
  const auto account = client.register_account();
  const auto url = client.at("key-change");
  auto next = new_key();
  const auto inner = [&](const std::string& old_key) {
    return ScriptedClient::signed_message({{"alg", "ES256"}, {"url", url}, {"jwk", json::parse(jwk_text(next))}},
                                          json_text(json::object{{"account", account}, {"oldKey", json::parse(old_key)}}), next);
  };
  EXPECT_EQ(client.post(url, inner(jwk_text(new_key()))).problem(), "malformed");
  EXPECT_EQ(client.post(url, inner(client.jwk())).status, 200);
  EXPECT_EQ(client.post_as_get(account).problem(), "malformed") << "the old key still signs";
  client.use_key(std::move(next));
  EXPECT_EQ(client.post_as_get(account).status, 200);
}

TEST(Authority, BindsAccountsToExternalOnesWhereItHasTo) {
  const std::string mac_key = "a key between two companies";
  World world{{.external_accounts = {{"customer-7", mac_key}}, .external_account_required = true}};
  auto& client = *world.client;
  const auto url = client.at("new-account");
  EXPECT_EQ(client.post(url, "{}").problem(), "externalAccountRequired");
  const auto bound = [&](const std::string& key_id, const std::string& key, const std::string& payload) {
    const auto header = to_base64url(as_bytes(json_text(json::object{{"alg", "HS256"}, {"kid", key_id}, {"url", url}})));
    const auto content = to_base64url(as_bytes(payload));
    const auto mac = to_base64url(crypto::hmac_sha256(as_bytes(key), as_bytes(header + "." + content)).bytes);
    return json_text(json::object{{"externalAccountBinding", {{"protected", header}, {"payload", content}, {"signature", mac}}}});
  };
  EXPECT_EQ(client.post(url, bound("customer-7", "another key", client.jwk())).problem(), "unauthorized");
  EXPECT_EQ(client.post(url, bound("customer-8", mac_key, client.jwk())).problem(), "unauthorized");
  EXPECT_EQ(client.post(url, bound("customer-7", mac_key, jwk_text(new_key()))).problem(), "malformed");
  EXPECT_EQ(client.post(url, bound("customer-7", mac_key, client.jwk())).status, 201);
}

TEST(Authority, RefusesNamesThatNoCertificateMayHold) {
  World world{{.blocked_names = {"blocked.example.org"}}};
  world.client->register_account();
  for (const auto* name :
       {"localhost", "UPPER.example.org", "a..example.org", "-a.example.org", "blocked.example.org", "*.*.example.org", "192.0.2.7"})
    EXPECT_EQ(world.client->new_order({.names = {name}}).problem(), "rejectedIdentifier") << name;
  EXPECT_EQ(world.client->new_order({.names = {"192.0.2.7"}, .profile = "shortlived"}).status, 201);
  EXPECT_EQ(world.count(Act::refused, "rejectedIdentifier"), 7U);
}

TEST(Authority, OffersOnlyDnsForAWildcard) {
  World world;
  world.client->register_account();
  const auto order = world.client->new_order({.names = {"*.example.org"}}).document();
  const auto authorization = world.client->post_as_get(std::string(order.at("authorizations").as_array().at(0).as_string())).document();
  EXPECT_EQ(authorization.at("identifier").at("value").as_string(), "example.org");
  EXPECT_TRUE(authorization.at("wildcard").as_bool());
  ASSERT_EQ(authorization.at("challenges").as_array().size(), 1U);
  EXPECT_EQ(authorization.at("challenges").as_array().at(0).at("type").as_string(), "dns-01");
}

TEST(Authority, ChecksTheSigningRequest) {
  World world;
  auto& client = *world.client;
  client.register_account();
  const auto order = client.new_order({.names = {"a.example.org"}}).document();
  EXPECT_EQ(client.finalize(order).problem(), "orderNotReady");
  client.respond(order);
  EXPECT_EQ(client.finalize(order, signing_request({"b.example.org"}, new_key())).problem(), "badCSR");
  EXPECT_EQ(client.finalize(order, signing_request({"a.example.org", "b.example.org"}, new_key())).problem(), "badCSR");
  EXPECT_EQ(client.finalize(order, signing_request({"a.example.org"}, client.key())).problem(), "badCSR") << "the account's own key";
  auto broken = signing_request({"a.example.org"}, new_key());
  broken.back() = static_cast<char>(broken.back() ^ 1);
  EXPECT_EQ(client.finalize(order, broken).problem(), "badCSR");
  EXPECT_EQ(client.finalize(order, "no request").problem(), "badCSR");
  EXPECT_EQ(status_of(client.finalize(order).document()), "valid");
}

TEST(Authority, KeepsAccountsApart) {
  World world;
  world.client->register_account();
  const auto order = world.client->new_order({.names = {"a.example.org"}}).document();
  auto other = world.other();
  EXPECT_EQ(other.post_as_get(world.client->at("order/2")).problem(), "unauthorized");
  EXPECT_EQ(other.post_as_get(std::string(order.at("authorizations").as_array().at(0).as_string())).problem(), "unauthorized");
}

TEST(Authority, RevokesForTheAccountAndForTheKeyOnce) {
  World world;
  auto& client = *world.client;
  client.register_account();
  const auto payload_for = [](const std::string& pem, int reason) {
    const auto der = needed(needed(crypto::Certificate::chain_from_pem(pem)).front().to_der());
    return json_text(json::object{{"certificate", to_base64url(as_bytes(der))}, {"reason", reason}});
  };
  const auto url = client.at("revoke-cert");
  const auto first = client.issue({.names = {"a.example.org"}});
  auto other = world.other();
  EXPECT_EQ(other.post(url, payload_for(first, 1)).problem(), "unauthorized");
  EXPECT_EQ(client.post(url, payload_for(first, 7)).problem(), "badRevocationReason");
  EXPECT_EQ(client.post(url, payload_for(first, 1)).status, 200);
  EXPECT_EQ(client.post(url, payload_for(first, 1)).problem(), "alreadyRevoked");

  const auto second = client.issue({.names = {"a.example.org"}});
  other.use_key(needed(crypto::PrivateKey::from_der(needed(client.key_of_last_request().to_der()))));
  EXPECT_EQ(other.post(url, payload_for(second, 1), {.with_jwk = true}).status, 200);
  EXPECT_EQ(world.count(Act::revocation), 2U);
}

TEST(Authority, IsTheSameAgainWithTheSameRandom) {
  World one, two;
  for (auto* world : {&one, &two}) {
    world->client->register_account();
    (void)world->client->issue({.names = {"a.example.org"}});
  }
  EXPECT_EQ(one.authority->certificates().at(0).identifier, two.authority->certificates().at(0).identifier);
  EXPECT_EQ(one.seen.at(0).token, two.seen.at(0).token);
}

TEST(Authority, ForgetsWhatExpiredLongAgo) {
  World world{{.default_profile = "seconds", .limits = {.enforced = false}}};
  world.client->register_account();
  for (int i = 0; i < 1200; ++i) {
    (void)world.client->issue({.names = {"a.example.org"}});
    world.clock.advance(minutes{30});
  }
  EXPECT_LT(world.authority->certificates().size(), 800U);
  EXPECT_GT(world.authority->certificates().size(), 300U);
  EXPECT_EQ(world.count(Act::issuance), 1200U) << "the ledger forgets nothing";
}

}  // namespace
}  // namespace carillon::testca
