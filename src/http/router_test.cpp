#include "http/router.hpp"

#include <gtest/gtest.h>

namespace carillon::http {
namespace {

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
