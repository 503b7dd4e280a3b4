#include "announce/requests.hpp"

#include <gtest/gtest.h>

namespace carillon::announce {
namespace {

constexpr const char* kFeed = "https://pod.example.org/feeds/a-show?x=1&y=ü";

http::OutgoingAnswer answer(int status, std::string body = {}) { return {.status = status, .fields = {}, .body = std::move(body)}; }

TEST(Requests, ToAHubIsAForm) {
  const auto request = websub_publish("https://hub.example.org/publish", kFeed);
  EXPECT_EQ(request.method, http::Method::post);
  EXPECT_EQ(request.url, "https://hub.example.org/publish");
  EXPECT_EQ(request.body, "hub.mode=publish&hub.url=https%3A%2F%2Fpod.example.org%2Ffeeds%2Fa-show%3Fx%3D1%26y%3D%C3%BC");
  EXPECT_EQ(request.fields.get("Content-Type"), "application/x-www-form-urlencoded");
  EXPECT_EQ(request.reach, http::Reach::public_only);
  EXPECT_EQ(request.redirects, 0) << "a redirected form would arrive as a GET that says nothing";
}

TEST(Requests, OfAPodpingNamesFeedReasonAndMedium) {
  const auto request = podping_update({"https://podping.cloud/", "secret"}, kFeed, "music");
  EXPECT_EQ(request.method, http::Method::get);
  EXPECT_EQ(request.url,
            "https://podping.cloud/?url=https%3A%2F%2Fpod.example.org%2Ffeeds%2Fa-show%3Fx%3D1%26y%3D%C3%BC&reason=update&medium=music");
  EXPECT_EQ(request.fields.get("Authorization"), "secret");
  EXPECT_TRUE(request.fields.get("User-Agent"));
  EXPECT_EQ(request.reach, http::Reach::public_only);
  EXPECT_TRUE(
      podping_update({"https://ping.example.org/?v=2", "s"}, kFeed, "podcast").url.starts_with("https://ping.example.org/?v=2&url="));
}

TEST(Outcome, IsGoodForEverySuccess) {
  for (const int status : {200, 202, 204}) EXPECT_TRUE(outcome_of("hub", answer(status)));
}

TEST(Outcome, OfTroubleThatPassesIsTriedAgain) {
  for (const int status : {408, 425, 429, 500, 502, 503})
    EXPECT_EQ(outcome_of("hub", answer(status)).error().kind, ErrorKind::unavailable) << status;
  EXPECT_EQ(outcome_of("hub", fail(ErrorKind::unavailable, "no answer")).error().kind, ErrorKind::unavailable);
  EXPECT_EQ(outcome_of("hub", fail(ErrorKind::too_large, "endless")).error().kind, ErrorKind::unavailable);
}

TEST(Outcome, OfARefusalSaysWhyAndIsNot) {
  for (const int status : {301, 302, 308, 400, 401, 403, 404, 410})
    EXPECT_EQ(outcome_of("hub", answer(status)).error().kind, ErrorKind::refused) << status;
  const auto refusal = answer(400, "\r\n  no \x01such topic\xff \r\nmore");
  const auto said = outcome_of("https://hub.example.org", refusal).error().message;
  EXPECT_TRUE(said.contains("https://hub.example.org")) << said;
  EXPECT_TRUE(said.contains("400.")) << said;
  EXPECT_FALSE(said.contains("topic")) << said;
  EXPECT_EQ(words_of(refusal), "no such topic\uFFFD");
  EXPECT_TRUE(outcome_of("podping", answer(401)).error().message.contains("token"));
  EXPECT_EQ(outcome_of("hub", fail(ErrorKind::refused, "private")).error().kind, ErrorKind::refused);
  EXPECT_LT(words_of(answer(400, std::string(100'000, 'x'))).size(), 500U);
  EXPECT_EQ(words_of(answer(204, "fine")), "");
  EXPECT_EQ(words_of(fail(ErrorKind::unavailable, "no answer")), "");
}

}  // namespace
}  // namespace carillon::announce
