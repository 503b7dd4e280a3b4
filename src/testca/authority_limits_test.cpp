// The limits, renewal information and `replaces`, as the authority applies them.

#include "testca/testing/world.hpp"

#include <gtest/gtest.h>

namespace carillon::testca {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

std::string numbered(int i) { return "n" + std::to_string(i) + ".example.org"; }

TEST(AuthorityLimits, TheThreeHundredAndFirstOrderWaitsForTheNextToken) {
  World world;
  auto& client = *world.client;
  client.register_account();
  for (int i = 0; i < 300; ++i) ASSERT_EQ(client.new_order({.names = {numbered(i)}}).status, 201) << i;
  const auto over = client.new_order({.names = {numbered(300)}});
  EXPECT_EQ(over.status, 429);
  EXPECT_EQ(over.problem(), "rateLimited");
  EXPECT_EQ(over.field("Retry-After"), "36");
  EXPECT_EQ(world.count(Act::refused, "rateLimited"), 1U);
  auto other = world.other();
  EXPECT_EQ(other.new_order({.names = {numbered(300)}}).status, 201) << "another account shares the bucket";
  world.clock.advance(seconds{36});
  EXPECT_EQ(client.new_order({.names = {numbered(300)}}).status, 201);
}

TEST(AuthorityLimits, FiftyCertificatesPerRegisteredDomainInSevenDays) {
  World world;
  auto& client = *world.client;
  client.register_account();
  for (int i = 0; i < 50; ++i) (void)client.issue({.names = {numbered(i)}});
  EXPECT_EQ(client.new_order({.names = {numbered(50)}}).problem(), "rateLimited");
  EXPECT_EQ(client.new_order({.names = {"www.example.com"}}).status, 201);
  world.clock.advance(Duration{days{7}} / 50);
  EXPECT_EQ(client.new_order({.names = {numbered(50)}}).status, 201);
}

TEST(AuthorityLimits, FiveCertificatesForTheSameNamesInSevenDays) {
  World world;
  auto& client = *world.client;
  client.register_account();
  for (int i = 0; i < 5; ++i) (void)client.issue({.names = {"b.example.org", "a.example.org"}});
  EXPECT_EQ(client.new_order({.names = {"a.example.org", "b.example.org"}}).problem(), "rateLimited");
  EXPECT_EQ(client.new_order({.names = {"a.example.org"}}).status, 201);
}

TEST(AuthorityLimits, FiveFailedAuthorizationsPerNameInAnHour) {
  World world;
  auto& client = *world.client;
  client.register_account();
  world.verdict = fail(ErrorKind::refused, "wrong answer");
  for (int i = 0; i < 5; ++i) client.respond(client.new_order({.names = {"a.example.org"}}).document());
  const auto over = client.new_order({.names = {"a.example.org"}});
  EXPECT_EQ(over.problem(), "rateLimited");
  EXPECT_EQ(over.field("Retry-After"), "720");
  EXPECT_EQ(client.new_order({.names = {"b.example.org"}}).status, 201);
  world.clock.advance(minutes{12});
  EXPECT_EQ(client.new_order({.names = {"a.example.org"}}).status, 201);
}

TEST(AuthorityLimits, RenewalsThatSayWhatTheyReplaceAreExempt) {
  World world;
  auto& client = *world.client;
  client.register_account();
  std::string last;
  for (int i = 0; i < 20; ++i) {
    (void)client.issue({.names = {"a.example.org"}, .replaces = last});
    last = world.authority->certificates().back().identifier;
  }
  EXPECT_EQ(world.count(Act::issuance), 20U);
  EXPECT_EQ(client.new_order({.names = {"a.example.org"}}).status, 201) << "exempt renewals were counted";
}

TEST(AuthorityLimits, CanBeSwitchedOff) {
  World world{{.limits = {.enforced = false}}};
  world.client->register_account();
  for (int i = 0; i < 10; ++i) (void)world.client->issue({.names = {"a.example.org"}});
  EXPECT_EQ(world.count(Act::issuance), 10U);
  EXPECT_EQ(world.count(Act::refused), 0U);
}

TEST(AuthorityRenewal, ACertificateIsReplacedOnceAndByItsOwnAccount) {
  World world;
  auto& client = *world.client;
  client.register_account();
  (void)client.issue({.names = {"a.example.org"}});
  const auto identifier = world.authority->certificates().at(0).identifier;
  auto other = world.other();
  EXPECT_EQ(other.new_order({.names = {"a.example.org"}, .replaces = identifier}).problem(), "unauthorized");
  EXPECT_EQ(client.new_order({.names = {"b.example.org"}, .replaces = identifier}).problem(), "malformed");
  EXPECT_EQ(client.new_order({.names = {"a.example.org"}, .replaces = "AAAA.BBBB"}).status, 404);
  EXPECT_EQ(client.new_order({.names = {"a.example.org"}, .replaces = identifier}).status, 201);
  const auto again = client.new_order({.names = {"a.example.org"}, .replaces = identifier});
  EXPECT_EQ(again.status, 409);
  EXPECT_EQ(again.problem(), "alreadyReplaced");
  EXPECT_TRUE(world.authority->certificates("a.example.org").at(0).replaced);
}

TEST(AuthorityRenewal, AFailedReplacementLeavesTheCertificateToBeReplaced) {
  World world;
  auto& client = *world.client;
  client.register_account();
  (void)client.issue({.names = {"a.example.org"}});
  const auto identifier = world.authority->certificates().at(0).identifier;
  world.authority->add_fault({.kind = FaultKind::invalid_order, .count = 1});
  EXPECT_THROW((void)client.issue({.names = {"a.example.org"}, .replaces = identifier}), std::exception);
  EXPECT_EQ(client.new_order({.names = {"a.example.org"}, .replaces = identifier}).status, 201);
}

struct Window {
  Time start, end;
};
Window window_of(const ScriptedClient::Answer& answer) {
  const auto window = answer.document().at("suggestedWindow").as_object();
  return {*parse_rfc3339(std::string(window.at("start").as_string())), *parse_rfc3339(std::string(window.at("end").as_string()))};
}

TEST(AuthorityRenewal, SuggestsTwoThirdsOfTheLifeByItself) {
  World world;
  world.client->register_account();
  (void)world.client->issue({.names = {"a.example.org"}});
  const auto certificate = world.authority->certificates().at(0);
  const auto answer = world.client->get(world.client->at("renewal-info/" + certificate.identifier));
  const auto window = window_of(answer);
  EXPECT_LT(window.start, certificate.not_before + days{60});
  EXPECT_GT(window.end, certificate.not_before + days{60});
  EXPECT_EQ(answer.field("Retry-After"), "21600");
  EXPECT_EQ(world.client->get(world.client->at("renewal-info/AAAA.BBBB")).status, 404);
}

TEST(AuthorityRenewal, SaysNowForWhatWasRevoked) {
  World world;
  world.client->register_account();
  (void)world.client->issue({.names = {"a.example.org"}});
  const auto identifier = world.authority->certificates().at(0).identifier;
  ASSERT_TRUE(world.authority->revoke(identifier));
  const auto window = window_of(world.client->get(world.client->at("renewal-info/" + identifier)));
  EXPECT_LT(window.start, window.end);
  EXPECT_LT(window.end, world.clock.now());
  EXPECT_FALSE(world.authority->revoke("AAAA.BBBB"));
}

TEST(AuthorityRenewal, SaysWhatATestWantsHoweverMalformed) {
  World world;
  world.client->register_account();
  (void)world.client->issue({.names = {"a.example.org"}});
  const auto identifier = world.authority->certificates().at(0).identifier;
  const auto url = world.client->at("renewal-info/" + identifier);
  const auto now = world.clock.now();
  world.authority->set_renewal_info(
      identifier,
      RenewalAnswer{.start = now + hours{1}, .end = now - hours{1}, .explanation = "https://ca.test/why", .retry_after = hours{1}});
  auto answer = world.client->get(url);
  EXPECT_EQ(window_of(answer).start, now + hours{1});
  EXPECT_EQ(window_of(answer).end, now - hours{1});
  EXPECT_EQ(answer.field("Retry-After"), "3600");
  world.authority->set_renewal_info(identifier, RenewalAnswer{.raw = "{\"suggestedWindow\":", .status = 200});
  EXPECT_EQ(world.client->get(url).body, "{\"suggestedWindow\":");
  world.authority->set_renewal_info(identifier, {});
  EXPECT_LT(window_of(world.client->get(url)).start, window_of(world.client->get(url)).end);
}

}  // namespace
}  // namespace carillon::testca
