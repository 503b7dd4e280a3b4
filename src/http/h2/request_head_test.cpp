#include "http/h2/request_head.hpp"

#include "http/h2/budget.hpp"

#include <gtest/gtest.h>

namespace carillon::http::h2 {
namespace {

using Field = std::pair<std::string, std::string>;

std::expected<RequestHead, Refusal> head_of(const std::vector<Field>& fields) {
  HeadCollector collector;
  for (const auto& [name, value] : fields) collector.add(name, value);
  return std::move(collector).finish();
}

std::vector<Field> get(std::vector<Field> more = {}, const std::string& path = "/shows/a?b=1") {
  std::vector<Field> fields{{":method", "GET"}, {":scheme", "https"}, {":authority", "Pod.Example.org:8443"}, {":path", path}};
  for (auto& field : more) fields.push_back(std::move(field));
  return fields;
}

int status_of(const std::vector<Field>& fields) {
  const auto head = head_of(fields);
  return head ? 200 : head.error().status;
}

TEST(RequestHead, IsTheSameForHandlersAsInHttp1) {
  const auto head = head_of(get({{"range", "bytes=0-1"}, {"priority", "u=5, i"}, {"expect", "100-continue"}, {"content-length", "7"}}));
  ASSERT_TRUE(head) << head.error().sentence;
  EXPECT_EQ(head->host, "pod.example.org");
  EXPECT_EQ(head->path, "/shows/a");
  EXPECT_EQ(head->query, "b=1");
  EXPECT_EQ(head->target, "/shows/a?b=1");
  EXPECT_EQ(head->fields.get("Host"), "Pod.Example.org:8443");
  EXPECT_EQ(head->fields.get("Range"), "bytes=0-1");
  EXPECT_EQ(head->content_length, 7U);
  EXPECT_TRUE(head->expects_continue);
  EXPECT_EQ(head->urgency, 5);
}

TEST(RequestHead, CookiesThatCameOneByOneAreOne) {
  const auto head = head_of(get({{"cookie", "a=1"}, {"accept", "*/*"}, {"cookie", "b=2"}}));
  ASSERT_TRUE(head);
  EXPECT_EQ(head->fields.count("Cookie"), 1U);
  EXPECT_EQ(head->fields.get("Cookie"), "a=1; b=2");
}

TEST(RequestHead, RefusesWhatTwoPartiesCouldReadDifferently) {
  EXPECT_EQ(status_of(get()), 200);
  EXPECT_EQ(status_of(get({{"host", "pod.example.org:8443"}})), 200) << "the same host in other letters";
  EXPECT_EQ(status_of(get({{"host", "other.example.org"}})), 400);
  EXPECT_EQ(status_of(get({{"host", "a"}, {"host", "a"}})), 400);
  EXPECT_EQ(status_of({{":method", "GET"}, {":scheme", "https"}, {":path", "/"}}), 400) << "no host";
  EXPECT_EQ(status_of({{":method", "GET"}, {":scheme", "https"}, {":path", "/"}, {"host", "a"}}), 200);
  EXPECT_EQ(status_of({{":method", "GET"}, {":scheme", "ftp"}, {":path", "/"}, {":authority", "a"}}), 400);
  EXPECT_EQ(status_of({{":method", "GET"}, {":scheme", "https"}, {":path", "/"}, {":authority", "a/b"}}), 400);
  EXPECT_EQ(status_of({{":method", "BREW"}, {":scheme", "https"}, {":path", "/"}, {":authority", "a"}}), 501);
  for (const auto* path : {"", "a", "/../x", "/a%2fb", "/a b", "/a#b", "https://a/", "/%00"})
    EXPECT_EQ(status_of(get({}, path)), 400) << path;
  EXPECT_EQ(status_of(get({}, "/" + std::string(kLongestTarget, 'x'))), 414);
  EXPECT_EQ(status_of(get({{"x", "a\rb"}})), 400);
  EXPECT_EQ(status_of(get({{"content-length", "1x"}})), 400);
  EXPECT_EQ(status_of(get({{"expect", "a miracle"}})), 417);
}

TEST(RequestHead, HoldsNothingBeyondItsLimits) {
  HeadCollector many;
  for (std::size_t i = 0; i <= kMaxFields; ++i) many.add("x-" + std::to_string(i), "y");
  EXPECT_EQ(many.held(), 0U);
  EXPECT_FALSE(many.is_hopeless());
  EXPECT_EQ(std::move(many).finish().error().status, 431);

  HeadCollector crumbs;
  for (const auto& [name, value] : get()) crumbs.add(name, value);
  for (int i = 0; i < 500; ++i) crumbs.add("cookie", "a=" + std::to_string(i));
  EXPECT_TRUE(std::move(crumbs).finish()) << "a browser sends each cookie as a field";

  HeadCollector bomb;
  const std::string large(3000, 'x');
  std::size_t fields = 0;
  for (; !bomb.is_hopeless(); ++fields) {
    bomb.add("cookie", large);
    ASSERT_LE(bomb.held(), kLargestFields);
  }
  EXPECT_LT(fields, 100U);
  EXPECT_EQ(std::move(bomb).finish().error().status, 431);
}

TEST(RequestHead, ReadsTheUrgencyAlone) {
  EXPECT_EQ(urgency_in("u=0"), 0);
  EXPECT_EQ(urgency_in("i, u=7;x"), 7);
  for (const auto* none : {"", "u", "u=", "u=8", "u=12", "U=1", "i", "u=-1"}) EXPECT_EQ(urgency_in(none), std::nullopt) << none;
}

TEST(Budget, IsUsedUpAndFillsAgain) {
  const auto start = Budget::Clock::time_point{};
  Budget budget{2, 1, start};
  EXPECT_TRUE(budget.spend(start));
  EXPECT_TRUE(budget.spend(start));
  EXPECT_FALSE(budget.spend(start));
  EXPECT_TRUE(budget.spend(start + std::chrono::seconds{1}));
  EXPECT_FALSE(budget.spend(start + std::chrono::seconds{1}));
  budget.earn(10);
  EXPECT_TRUE(budget.spend(start + std::chrono::seconds{1}));
  EXPECT_TRUE(budget.spend(start + std::chrono::seconds{1}));
  EXPECT_FALSE(budget.spend(start + std::chrono::seconds{1})) << "it holds no more than at first";
}

}  // namespace
}  // namespace carillon::http::h2
