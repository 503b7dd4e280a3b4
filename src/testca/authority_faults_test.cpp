// Each fault does what it says, as often and as long as it says, and nothing else.

#include "testca/testing/world.hpp"

#include <gtest/gtest.h>
#include <boost/json/array.hpp>

namespace carillon::testca {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

struct Faulty : ::testing::Test {
  Faulty() { client.register_account(); }
  std::vector<crypto::Certificate> issued(const std::string& name = "a.example.org") {
    return needed(crypto::Certificate::chain_from_pem(client.issue({.names = {name}})));
  }
  Result<http::OutgoingAnswer> directory(http::OutgoingRequest request = {}) {
    request.url = world.authority->directory_url();
    return world.authority->exchange(request);
  }
  World world;
  ScriptedClient& client = *world.client;
};

TEST_F(Faulty, TooManyRequestsWithTheTimeToWait) {
  world.authority->add_fault({.kind = FaultKind::rate_limited, .at = RequestKind::new_order, .count = 2, .retry_after = minutes{2}});
  EXPECT_EQ(client.post_as_get(client.at("account/1")).status, 200) << "another kind of request";
  for (int i = 0; i < 2; ++i) {
    const auto answer = client.new_order({.names = {"a.example.org"}});
    EXPECT_EQ(answer.status, 429);
    EXPECT_EQ(answer.problem(), "rateLimited");
    EXPECT_EQ(answer.field("Retry-After"), "120");
  }
  EXPECT_EQ(client.new_order({.names = {"a.example.org"}}).status, 201);
  EXPECT_EQ(world.authority->faults().at(0).struck, 2U);
  EXPECT_EQ(world.count(Act::refused), 0U) << "an injected refusal stands in the ledger as if a limit had been broken";
}

TEST_F(Faulty, ErrorsOfTheServer) {
  const auto number = world.authority->add_fault({.kind = FaultKind::server_error, .status = 502});
  EXPECT_EQ(directory()->status, 502);
  world.authority->remove_fault(number);
  EXPECT_EQ(directory()->status, 200);
}

TEST_F(Faulty, DownBetweenTwoTimes) {
  const auto now = world.clock.now();
  world.authority->down_between(now + hours{1}, now + hours{3});
  EXPECT_TRUE(directory());
  world.clock.advance(hours{1});
  const auto answer = directory();
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, ErrorKind::unavailable);
  world.clock.advance(hours{2});
  EXPECT_TRUE(directory());
}

TEST_F(Faulty, OnlyForOneName) {
  world.authority->add_fault({.kind = FaultKind::server_error, .name = "bad.example.org"});
  EXPECT_EQ(client.new_order({.names = {"bad.example.org"}}).status, 503);
  const auto order = client.new_order({.names = {"good.example.org"}});
  EXPECT_EQ(order.status, 201);
  EXPECT_EQ(client.post_as_get(order.field("Location")).status, 200);
  world.authority->clear_faults();
  const auto bad = client.new_order({.names = {"bad.example.org"}});
  world.authority->add_fault({.kind = FaultKind::server_error, .name = "bad.example.org"});
  EXPECT_EQ(client.post_as_get(bad.field("Location")).status, 503);
  EXPECT_EQ(client.post_as_get(std::string(bad.document().at("authorizations").as_array().at(0).as_string())).status, 503);
}

TEST_F(Faulty, BodiesCutHalvedOrSlow) {
  const auto whole = directory()->body;
  world.authority->add_fault({.kind = FaultKind::truncated_body, .count = 1});
  EXPECT_EQ(directory().error().kind, ErrorKind::unavailable);
  world.authority->add_fault({.kind = FaultKind::half_body, .count = 1});
  EXPECT_EQ(directory()->body, whole.substr(0, whole.size() / 2));
  world.authority->add_fault({.kind = FaultKind::slow_body, .count = 2, .delay = seconds{10}});
  EXPECT_EQ(directory({.deadline = seconds{5}}).error().kind, ErrorKind::unavailable);
  EXPECT_EQ(directory({.deadline = seconds{15}})->body, whole);
  EXPECT_EQ(directory({.most = ByteCount{10}}).error().kind, ErrorKind::too_large);
}

TEST_F(Faulty, AnOrderThatHangsOrTurnsInvalid) {
  world.authority->add_fault({.kind = FaultKind::hung_order, .count = 1});
  auto order = client.new_order({.names = {"a.example.org"}});
  client.respond(order.document());
  (void)client.finalize(order.document());
  world.clock.advance(days{1});
  EXPECT_EQ(client.post_as_get(order.field("Location")).document().at("status").as_string(), "processing");

  world.authority->add_fault({.kind = FaultKind::invalid_order, .count = 1});
  order = client.new_order({.names = {"b.example.org"}});
  client.respond(order.document());
  (void)client.finalize(order.document());
  const auto after = client.post_as_get(order.field("Location")).document();
  EXPECT_EQ(after.at("status").as_string(), "invalid");
  EXPECT_EQ(after.at("error").at("type").as_string(), "urn:ietf:params:acme:error:serverInternal");
  EXPECT_EQ(world.count(Act::issuance), 0U);
}

TEST_F(Faulty, CertificatesThatAreWrongInOneWay) {
  world.authority->add_fault({.kind = FaultKind::wrong_key, .count = 1});
  EXPECT_FALSE(issued()[0].matches(client.key_of_last_request()));
  world.authority->add_fault({.kind = FaultKind::wrong_name, .count = 1});
  EXPECT_EQ(issued()[0].names(), std::vector<std::string>{"somebody-else.example.net"});
  world.authority->add_fault({.kind = FaultKind::expired_certificate, .count = 1});
  EXPECT_LT(issued()[0].not_after(), world.clock.now());
  const auto good = issued();
  EXPECT_TRUE(good[0].matches(client.key_of_last_request()));
  EXPECT_GT(good[0].not_after(), world.clock.now());
}

TEST_F(Faulty, ChainsThatLeadNowhere) {
  const auto root = world.root();
  const auto leads = [&](const std::vector<crypto::Certificate>& chain) {
    return crypto::verify(chain[0], std::span{chain}.subspan(1), std::span{&root, 1}, "a.example.org", world.clock.now()).has_value();
  };
  world.authority->add_fault({.kind = FaultKind::missing_intermediate, .count = 1});
  const auto alone = issued();
  EXPECT_EQ(alone.size(), 1U);
  EXPECT_FALSE(leads(alone));
  world.authority->add_fault({.kind = FaultKind::wrong_intermediate, .count = 1});
  const auto wrong = issued();
  EXPECT_EQ(wrong.size(), 2U);
  EXPECT_FALSE(leads(wrong));
  EXPECT_TRUE(leads(issued()));
}

TEST_F(Faulty, TheDateIsOffByADay) {
  world.authority->add_fault({.kind = FaultKind::date_off, .until = world.clock.now() + hours{1}, .delay = -days{1}});
  EXPECT_EQ(*parse_http_date(*directory()->fields.get("Date")), world.clock.now() - days{1});
  EXPECT_EQ(world.authority->shown_time(), world.clock.now() - days{1});
  world.clock.advance(hours{1});
  EXPECT_EQ(*parse_http_date(*directory()->fields.get("Date")), world.clock.now());
  EXPECT_EQ(world.authority->shown_time(), world.clock.now());
}

TEST_F(Faulty, ReplacesIsRefused) {
  (void)issued();
  const auto identifier = world.authority->certificates().at(0).identifier;
  world.authority->add_fault({.kind = FaultKind::replaces_refused, .count = 1});
  EXPECT_EQ(client.new_order({.names = {"a.example.org"}, .replaces = identifier}).problem(), "alreadyReplaced");
  EXPECT_EQ(client.new_order({.names = {"a.example.org"}, .replaces = identifier}).status, 201);
}

TEST_F(Faulty, NoncesMissingOrRefused) {
  world.authority->add_fault({.kind = FaultKind::missing_nonce, .count = 1});
  EXPECT_EQ(client.post_as_get(client.at("account/1")).field("Replay-Nonce"), "");
  world.authority->add_fault({.kind = FaultKind::bad_nonce, .count = 1});
  EXPECT_EQ(client.post_as_get(client.at("account/1")).problem(), "badNonce");
  EXPECT_EQ(client.post_as_get(client.at("account/1")).status, 200);
}

TEST_F(Faulty, ADirectoryOfGarbage) {
  world.authority->add_fault({.kind = FaultKind::garbage_directory, .count = 1});
  EXPECT_EQ(directory()->body.front(), '<');
  EXPECT_EQ(directory()->body.front(), '{');
}

TEST_F(Faulty, AllMemoryIsLost) {
  const auto pem = client.issue({.names = {"a.example.org"}});
  const auto entries = world.authority->ledger().size();
  const auto nonce = client.nonce();
  world.authority->forget_everything();
  EXPECT_EQ(client.post(client.at("new-account"), "{}", {.nonce = nonce, .with_jwk = true}).problem(), "badNonce")
      << "nonces are remembered";
  EXPECT_EQ(client.post_as_get(client.at("account/1")).problem(), "accountDoesNotExist");
  EXPECT_TRUE(world.authority->certificates().empty());
  EXPECT_EQ(world.authority->ledger().size(), entries + 1);
  client.register_account();
  EXPECT_EQ(issued().size(), 2U);
}

TEST_F(Faulty, AValidationUnderWayWhenMemoryIsLostConcernsNobody) {
  std::vector<std::function<void()>> later;
  world.authority->run_validations_with([&](Duration, std::function<void()> validation) { later.push_back(std::move(validation)); });
  client.respond(client.new_order({.names = {"a.example.org"}}).document());
  ASSERT_EQ(later.size(), 1U);
  world.authority->forget_everything();
  later[0]();
  EXPECT_TRUE(world.seen.empty());
  EXPECT_EQ(world.count(Act::authorization), 0U);
}

TEST_F(Faulty, RequestsAreCountedByKind) {
  const auto before = world.authority->requests();
  (void)issued();
  const auto after = world.authority->requests();
  EXPECT_EQ(after[static_cast<std::size_t>(RequestKind::new_order)] - before[static_cast<std::size_t>(RequestKind::new_order)], 1U);
  EXPECT_EQ(after[static_cast<std::size_t>(RequestKind::finalize)] - before[static_cast<std::size_t>(RequestKind::finalize)], 1U);
  EXPECT_EQ(after[static_cast<std::size_t>(RequestKind::renewal_info)], 0U);
}

TEST(Faults, HaveNamesThatLeadBack) {
  EXPECT_EQ(fault_kind_from(name_of(FaultKind::replaces_refused)), FaultKind::replaces_refused);
  EXPECT_EQ(fault_kind_from("hung_order"), FaultKind::hung_order);
  EXPECT_EQ(request_kind_from(name_of(RequestKind::renewal_info)), RequestKind::renewal_info);
  EXPECT_FALSE(fault_kind_from("bad_weather"));
}

}  // namespace
}  // namespace carillon::testca
