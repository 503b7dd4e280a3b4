#include "notify/webhook.hpp"

#include "base/testing/testing.hpp"
#include "notify/heartbeat.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <boost/json.hpp>

#include <future>

namespace carillon::notify {
namespace {

using carillon::testing::ManualClock;
using ::testing::HasSubstr;

/// A world that answers as it is told.
class World final : public http::Outgoing {
 public:
  Result<http::OutgoingAnswer> exchange(const http::OutgoingRequest& request) override {
    seen.push_back(request);
    return answer;
  }
  Result<http::OutgoingAnswer> answer = http::OutgoingAnswer{.status = 204};
  std::vector<http::OutgoingRequest> seen;
};

Message example() {
  Message message;
  message.id = "01kw";
  message.to = "steward@example.org";
  message.subject = "It rings";
  message.text = "Ding.\n";
  message.json = R"({"type":"alarm","incidents":[]})";
  return message;
}

class Webhook : public ::testing::Test {
 protected:
  World world_;
  ManualClock clock_;
  std::unique_ptr<Channel> channel_ =
      make_webhook_channel({.url = "https://hooks.example.org/x", .secret = "geheim", .reach = http::Reach::anywhere}, world_, clock_);
};

TEST_F(Webhook, PostsTheFactsUnderASignature) {
  const auto delivery = channel_->deliver(example());
  EXPECT_EQ(delivery.outcome, Outcome::delivered);
  EXPECT_EQ(delivery.detail, "204 No Content");
  ASSERT_EQ(world_.seen.size(), 1U);
  const auto& request = world_.seen.front();
  EXPECT_EQ(request.method, http::Method::post);
  EXPECT_EQ(request.url, "https://hooks.example.org/x");
  EXPECT_EQ(request.reach, http::Reach::anywhere);
  EXPECT_EQ(request.redirects, 0) << "a signed message is not for whoever it is redirected to";
  EXPECT_EQ(request.fields.get("Content-Type"), "application/json");
  const auto body = boost::json::parse(request.body).as_object();
  EXPECT_EQ(body.at("id"), "01kw");
  EXPECT_EQ(body.at("to"), "steward@example.org");
  EXPECT_EQ(body.at("facts").at("type"), "alarm");
  EXPECT_EQ(request.fields.get("Carillon-Signature"), webhook_signature("geheim", clock_.now(), request.body));
}

TEST_F(Webhook, TheSignatureIsTheOneOthersCompute) {
  // printf '1795478400.{"a":1}' | openssl dgst -sha256 -hmac geheim
  EXPECT_EQ(webhook_signature("geheim", Time{std::chrono::seconds{1'795'478'400}} + std::chrono::milliseconds{999}, R"({"a":1})"),
            "t=1795478400,v1=963abd215314d98b0382e48b120ae97a364466174062d7015ca8912fdb48abbc");
}

TEST_F(Webhook, FactsThatAreNoObjectAreLeftOut) {
  auto message = example();
  message.json = "[1";
  ASSERT_EQ(channel_->deliver(message).outcome, Outcome::delivered);
  EXPECT_TRUE(boost::json::parse(world_.seen.front().body).at("facts").as_object().empty());
}

TEST_F(Webhook, TheAnswerDecidesWhatBecomesOfAMessage) {
  const std::pair<int, Outcome> cases[] = {{200, Outcome::delivered},     {202, Outcome::delivered},     {301, Outcome::misconfigured},
                                           {400, Outcome::refused},       {401, Outcome::misconfigured}, {404, Outcome::misconfigured},
                                           {410, Outcome::misconfigured}, {408, Outcome::later},         {422, Outcome::refused},
                                           {429, Outcome::later},         {500, Outcome::later},         {503, Outcome::later}};
  for (const auto& [status, outcome] : cases) {
    world_.answer = http::OutgoingAnswer{.status = status, .body = "because\nof this"};
    const auto delivery = channel_->deliver(example());
    EXPECT_EQ(delivery.outcome, outcome) << status;
    EXPECT_THAT(delivery.detail, HasSubstr(std::to_string(status)));
    if (outcome != Outcome::delivered) { EXPECT_THAT(delivery.detail, HasSubstr("because of this")); }
  }
  world_.answer = fail(ErrorKind::unavailable, "no connection");
  EXPECT_EQ(channel_->deliver(example()).outcome, Outcome::later);
  world_.answer = fail(ErrorKind::refused, "10.0.0.1 may not be reached");
  EXPECT_EQ(channel_->deliver(example()).outcome, Outcome::misconfigured);
}

TEST(HeartbeatTest, IsHeardAfterEachRoundAndItsFailureHarmsNobody) {
  World world;
  Heartbeat heartbeat{{.url = "https://beats.example.org/secret"}, world};
  heartbeat.beat();
  heartbeat.settle();
  world.answer = fail(ErrorKind::unavailable, "no connection");
  heartbeat.beat();
  heartbeat.settle();
  world.answer = http::OutgoingAnswer{.status = 500};
  heartbeat.beat();
  heartbeat.settle();
  ASSERT_EQ(world.seen.size(), 3U);
  EXPECT_EQ(world.seen[0].method, http::Method::get);
  EXPECT_EQ(world.seen[0].url, "https://beats.example.org/secret");
  EXPECT_EQ(world.seen[0].reach, http::Reach::anywhere);
  EXPECT_EQ(heartbeat.counts().answered, 1U);
  EXPECT_EQ(heartbeat.counts().failed, 2U);
}

TEST(HeartbeatTest, ASlowAnswerDelaysNoRoundAndBeatsDoNotPileUp) {
  struct SlowWorld final : http::Outgoing {
    Result<http::OutgoingAnswer> exchange(const http::OutgoingRequest&) override {
      if (requests++ == 0) {
        begun.set_value();
        go_on.get_future().wait();
      }
      return http::OutgoingAnswer{.status = 200};
    }
    std::promise<void> begun, go_on;
    std::atomic<int> requests = 0;
  } world;
  Heartbeat heartbeat{{.url = "https://beats.example.org/"}, world};
  heartbeat.beat();
  world.begun.get_future().wait();
  for (int i = 0; i < 100; ++i) heartbeat.beat();  // would hang here, were it made on this thread
  world.go_on.set_value();
  heartbeat.settle();
  EXPECT_EQ(world.requests, 2);
}

}  // namespace
}  // namespace carillon::notify
