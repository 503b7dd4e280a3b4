#include "http/conditional.hpp"

#include <gtest/gtest.h>

namespace carillon::http {
namespace {

const Time kChanged = parse_http_date("Tue, 24 Nov 2026 08:42:06 GMT").value();

Request asking(std::initializer_list<Fields::Line> fields, Method method = Method::get) {
  Request request;
  request.method = method;
  for (const auto& line : fields) request.fields.add(line.name, line.value);
  return request;
}

Representation ten_digits() {
  Representation representation;
  representation.body = Body::of("0123456789");
  representation.etag = "\"v1\"";
  representation.last_modified = kChanged;
  representation.content_type = "text/plain";
  representation.ranges = true;
  return representation;
}

Response answer(std::initializer_list<Fields::Line> fields, Method method = Method::get) {
  return represent(asking(fields, method), ten_digits());
}

struct RangeCase {
  const char* range;
  int status;
  const char* content;
  const char* content_range;
};

class Ranges : public ::testing::TestWithParam<RangeCase> {};

TEST_P(Ranges, AreCutAsAsked) {
  const auto& [range, status, content, content_range] = GetParam();
  const auto response = answer({{"Range", range}});
  EXPECT_EQ(response.status, status);
  if (*content) EXPECT_EQ(whole(response.body).value(), content);
  EXPECT_EQ(response.fields.get("Content-Range").value_or(""), content_range);
}

INSTANTIATE_TEST_SUITE_P(
    Conditional, Ranges,
    ::testing::Values(RangeCase{"bytes=0-1", 206, "01", "bytes 0-1/10"}, RangeCase{"bytes=8-", 206, "89", "bytes 8-9/10"},
                      RangeCase{"bytes=-3", 206, "789", "bytes 7-9/10"}, RangeCase{"bytes=-30", 206, "0123456789", "bytes 0-9/10"},
                      RangeCase{"bytes=9-99", 206, "9", "bytes 9-9/10"}, RangeCase{"Bytes=0-0", 206, "0", "bytes 0-0/10"},
                      RangeCase{"bytes=0-99999999999999999999", 206, "0123456789", "bytes 0-9/10"},
                      RangeCase{"bytes=10-", 416, "", "bytes */10"}, RangeCase{"bytes=99999999999999999999-", 416, "", "bytes */10"},
                      RangeCase{"bytes=-0", 416, "", "bytes */10"}, RangeCase{"bytes=0-1,3-4", 200, "0123456789", ""},
                      RangeCase{"bytes=3-2", 200, "0123456789", ""}, RangeCase{"bytes=a-b", 200, "0123456789", ""},
                      RangeCase{"bytes=", 200, "0123456789", ""}, RangeCase{"bytes=-", 200, "0123456789", ""},
                      RangeCase{"bytes=--1", 200, "0123456789", ""}, RangeCase{"lines=0-1", 200, "0123456789", ""}));

TEST(Conditional, HeadIgnoresRange) {
  const auto response = answer({{"Range", "bytes=0-1"}}, Method::head);
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body.length(), ByteCount{10});
}

TEST(Conditional, AnsweredFromTheCacheWhenNothingChanged) {
  for (const auto* tags : {"\"v1\"", "W/\"v1\"", "\"x\", \"v1\"", "*"}) EXPECT_EQ(answer({{"If-None-Match", tags}}).status, 304) << tags;
  EXPECT_EQ(answer({{"If-None-Match", "\"v2\""}}).status, 200);
  EXPECT_EQ(answer({{"If-Modified-Since", to_http_date(kChanged)}}).status, 304);
  EXPECT_EQ(answer({{"If-Modified-Since", to_http_date(kChanged - std::chrono::seconds{1})}}).status, 200);
  EXPECT_EQ(answer({{"If-Modified-Since", "yesterday"}}).status, 200);
  // The tag decides where both are there (RFC 9110 §13.2.2).
  EXPECT_EQ(answer({{"If-None-Match", "\"v2\""}, {"If-Modified-Since", to_http_date(kChanged)}}).status, 200);
  EXPECT_EQ(answer({{"If-None-Match", "\"v1\""}}).body.length(), ByteCount{});
}

TEST(Conditional, RefusedWhenItIsNotWhatTheClientHas) {
  EXPECT_EQ(answer({{"If-Match", "\"v2\""}}).status, 412);
  EXPECT_EQ(answer({{"If-Match", "W/\"v1\""}}).status, 412) << "If-Match compares strongly";
  EXPECT_EQ(answer({{"If-Match", "\"v1\""}}).status, 200);
  EXPECT_EQ(answer({{"If-Unmodified-Since", to_http_date(kChanged - std::chrono::seconds{1})}}).status, 412);
}

TEST(Conditional, AResumedDownloadNeverContinuesInOtherBytes) {
  EXPECT_EQ(answer({{"Range", "bytes=5-"}, {"If-Range", "\"v1\""}}).status, 206);
  EXPECT_EQ(answer({{"Range", "bytes=5-"}, {"If-Range", "\"v2\""}}).status, 200);
  EXPECT_EQ(answer({{"Range", "bytes=5-"}, {"If-Range", "W/\"v1\""}}).status, 200);
  EXPECT_EQ(answer({{"Range", "bytes=5-"}, {"If-Range", to_http_date(kChanged)}}).status, 206);
  EXPECT_EQ(answer({{"Range", "bytes=5-"}, {"If-Range", to_http_date(kChanged + std::chrono::seconds{1})}}).status, 200);
}

TEST(Conditional, CompressedForWhoeverTakesIt) {
  const auto get = [](std::initializer_list<Fields::Line> fields) {
    auto representation = ten_digits();
    representation.gzip = Body::of("zip");
    return represent(asking(fields), std::move(representation));
  };
  for (const auto* accepted : {"gzip", "deflate, gzip;q=0.5", "*", "GZIP"}) {
    const auto response = get({{"Accept-Encoding", accepted}});
    EXPECT_EQ(response.fields.get("Content-Encoding"), "gzip") << accepted;
    EXPECT_EQ(response.fields.get("ETag"), "\"v1-gzip\"");
    EXPECT_EQ(whole(response.body).value(), "zip");
  }
  for (const auto* refused : {"identity", "gzip;q=0", "gzip; q=0.00", "br"})
    EXPECT_FALSE(get({{"Accept-Encoding", refused}}).fields.get("Content-Encoding")) << refused;
  EXPECT_EQ(get({}).fields.get("Vary"), "Accept-Encoding");
  EXPECT_EQ(get({{"Accept-Encoding", "gzip"}, {"If-None-Match", "\"v1-gzip\""}}).status, 304);
  const auto ranged = get({{"Accept-Encoding", "gzip"}, {"Range", "bytes=0-1"}});
  EXPECT_EQ(ranged.status, 206);
  EXPECT_EQ(whole(ranged.body).value(), "01");
}

}  // namespace
}  // namespace carillon::http
