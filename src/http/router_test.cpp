#include "http/router.hpp"

#include "base/text.hpp"

#include <gtest/gtest.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <array>

namespace carillon::http {
namespace {

/// Answers with its name and what it took out of the path.
class Part {
 public:
  explicit Part(std::string name, std::span<const Route<Part>> routes) : name_{std::move(name)}, routes_{routes} {}
  asio::awaitable<std::optional<Response>> answer(Request& request, Allowed& allowed) {
    return answer_if_routed(routes_, *this, request, allowed);
  }
  asio::awaitable<Response> say(Request& request) { co_return plain(200, name_ + ":" + std::string(request.path_parameter("id"))); }

 private:
  std::string name_;
  std::span<const Route<Part>> routes_;
};

constexpr std::array kOwn{Route<Part>{Method::get, "/things/mine", &Part::say}, Route<Part>{Method::patch, "/things/mine", &Part::say}};
constexpr std::array kAll{Route<Part>{Method::get, "/things", &Part::say}, Route<Part>{Method::del, "/things/{id}", &Part::say},
                          Route<Part>{Method::post, "/things/{id}", &Part::say}};

Response ask(Method method, std::string path) {
  Part own{"own", kOwn}, all{"all", kAll};
  Request request;
  request.method = method;
  request.path = std::move(path);
  Response response;
  asio::io_context loop;
  asio::co_spawn(
      loop, [&]() -> asio::awaitable<void> { response = co_await dispatch_to(request, own, all); },
      [](const std::exception_ptr& error) {
        if (error) std::rethrow_exception(error);
      });
  loop.run();
  return response;
}

std::string text_of(const Response& response) { return std::string(trimmed(whole(response.body).value())); }

TEST(SeveralTables, AnswerAsOneThatHasAllTheirRoutes) {
  EXPECT_EQ(text_of(ask(Method::get, "/things/mine")), "own:");
  EXPECT_EQ(text_of(ask(Method::head, "/things/mine")), "own:");
  EXPECT_EQ(text_of(ask(Method::get, "/things")), "all:");
  EXPECT_EQ(text_of(ask(Method::del, "/things/7")), "all:7");
  EXPECT_EQ(text_of(ask(Method::del, "/things/mine")), "all:mine") << "the first has the path, but not the method";
}

TEST(SeveralTables, RefuseWithTheMethodsOfAll) {
  EXPECT_EQ(ask(Method::get, "/others").status, 404);
  const auto refused = ask(Method::put, "/things/mine");
  EXPECT_EQ(refused.status, 405);
  EXPECT_EQ(refused.fields.get("Allow"), "GET, HEAD, PATCH, DELETE, POST");
  EXPECT_EQ(ask(Method::put, "/things/7").fields.get("Allow"), "DELETE, POST");
}

TEST(Match, TakesParametersOutOfThePath) {
  const auto parameters = match("/shows/{show}/{episode}", "/shows/demo/first");
  ASSERT_TRUE(parameters);
  EXPECT_EQ(parameters->at("show"), "demo");
  EXPECT_EQ(parameters->at("episode"), "first");
}

TEST(Match, TakesNothingElse) {
  EXPECT_FALSE(match("/shows/{show}", "/shows/"));
  EXPECT_FALSE(match("/shows/{show}", "/shows/a/b"));
  EXPECT_FALSE(match("/shows/{show}", "/feeds/a"));
  EXPECT_FALSE(match("/", "/x"));
  EXPECT_TRUE(match("/", "/"));
}

TEST(Fields, CompareNamesWithoutCase) {
  Fields fields;
  fields.add("X", "1");
  fields.add("x", "2");
  EXPECT_EQ(fields.get("X"), "1");
  EXPECT_EQ(fields.joined("x"), "1, 2");
  fields.set("X", "3");
  EXPECT_EQ(fields.count("x"), 1U);
}

TEST(Request, DecodesItsQuery) {
  Request request;
  request.query = "a=1&b=x+y%26z&c";
  EXPECT_EQ(request.query_parameter("b"), "x y&z");
  EXPECT_EQ(request.query_parameter("c"), "");
  EXPECT_FALSE(request.query_parameter("d"));
}

}  // namespace
}  // namespace carillon::http
