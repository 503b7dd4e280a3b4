#include "http/h1/request_head.hpp"

#include <gtest/gtest.h>

namespace carillon::http::h1 {
namespace {

int status_of(std::string_view bytes) {
  const auto head = parse_request_head(bytes);
  return head ? 200 : head.error().status;
}

TEST(RequestHead, ReadsWhatAClientSends) {
  const auto head =
      parse_request_head("GET /shows/caf%C3%A9?page=2 HTTP/1.1\r\nHost: Pod.Example.org:8443\r\nUser-Agent:  an app \r\nX:\r\n\r\n");
  ASSERT_TRUE(head) << head.error().sentence;
  EXPECT_EQ(head->path, "/shows/café");
  EXPECT_EQ(head->query, "page=2");
  EXPECT_EQ(head->target, "/shows/caf%C3%A9?page=2");
  EXPECT_EQ(head->host, "pod.example.org");
  EXPECT_EQ(head->fields.get("user-agent"), "an app");
  EXPECT_EQ(head->fields.get("x"), "");
  EXPECT_TRUE(head->keep_alive);
  EXPECT_EQ(head->framing, Framing::none);
}

TEST(RequestHead, TheAbsoluteFormWinsOverTheHostField) {
  const auto head = parse_request_head("GET http://other.test/x HTTP/1.1\r\nHost: a.test\r\n\r\n");
  ASSERT_TRUE(head);
  EXPECT_EQ(head->host, "other.test");
  EXPECT_EQ(head->path, "/x");
}

TEST(RequestHead, KnowsWhenTheConnectionEnds) {
  EXPECT_FALSE(parse_request_head("GET / HTTP/1.0\r\n\r\n")->keep_alive);
  EXPECT_FALSE(parse_request_head("GET / HTTP/1.1\r\nHost: a\r\nConnection: x, Close\r\n\r\n")->keep_alive);
}

struct Case {
  const char* name;
  std::string bytes;
  int status;
};

class Refused : public ::testing::TestWithParam<Case> {};

TEST_P(Refused, WithItsStatus) { EXPECT_EQ(status_of(GetParam().bytes), GetParam().status); }

const std::string kHost = "Host: a.test\r\n";

INSTANTIATE_TEST_SUITE_P(
    RequestHead, Refused,
    ::testing::Values(
        Case{"TwoEqualLengths", "POST / HTTP/1.1\r\n" + kHost + "Content-Length: 1\r\nContent-Length: 1\r\n\r\n", 400},
        Case{"LengthList", "POST / HTTP/1.1\r\n" + kHost + "Content-Length: 1, 1\r\n\r\n", 400},
        Case{"LengthWithSign", "POST / HTTP/1.1\r\n" + kHost + "Content-Length: +1\r\n\r\n", 400},
        Case{"LengthTooLarge", "POST / HTTP/1.1\r\n" + kHost + "Content-Length: 99999999999999999999\r\n\r\n", 400},
        Case{"LengthAndChunked", "POST / HTTP/1.1\r\n" + kHost + "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
        Case{"OtherCoding", "POST / HTTP/1.1\r\n" + kHost + "Transfer-Encoding: gzip, chunked\r\n\r\n", 400},
        Case{"ChunkedTwice", "POST / HTTP/1.1\r\n" + kHost + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
        Case{"ChunkedInOldHttp", "POST / HTTP/1.0\r\n" + kHost + "Transfer-Encoding: chunked\r\n\r\n", 400},
        Case{"BareLf", "GET / HTTP/1.1\nHost: a\n\n", 400}, Case{"OneBareLf", "GET / HTTP/1.1\r\nHost: a\nX: y\r\n\r\n", 400},
        Case{"BareCr", "GET / HTTP/1.1\r\nHost: a\rX: y\r\n\r\n", 400},
        Case{"ObsFold", "GET / HTTP/1.1\r\n" + kHost + "X: 1\r\n 2\r\n\r\n", 400},
        Case{"SpaceBeforeColon", "GET / HTTP/1.1\r\nHost : a\r\n\r\n", 400},
        Case{"NoColon", "GET / HTTP/1.1\r\n" + kHost + "x\r\n\r\n", 400},
        Case{"EmptyName", "GET / HTTP/1.1\r\n" + kHost + ": x\r\n\r\n", 400},
        Case{"Nul", std::string("GET / HTTP/1.1\r\n") + kHost + "X: " + '\0' + "\r\n\r\n", 400},
        Case{"Control", "GET / HTTP/1.1\r\n" + kHost + "X: \x01\r\n\r\n", 400}, Case{"NoHost", "GET / HTTP/1.1\r\n\r\n", 400},
        Case{"TwoHosts", "GET / HTTP/1.1\r\n" + kHost + kHost + "\r\n", 400},
        Case{"HostWithPath", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400}, Case{"EmptyHost", "GET / HTTP/1.1\r\nHost:\r\n\r\n", 400},
        Case{"DotDot", "GET /a/../b HTTP/1.1\r\n" + kHost + "\r\n", 400},
        Case{"EncodedDotDot", "GET /a/%2e%2e/b HTTP/1.1\r\n" + kHost + "\r\n", 400},
        Case{"EncodedSlash", "GET /a%2Fb HTTP/1.1\r\n" + kHost + "\r\n", 400},
        Case{"EncodedNul", "GET /a%00 HTTP/1.1\r\n" + kHost + "\r\n", 400},
        Case{"BrokenPercent", "GET /a%2 HTTP/1.1\r\n" + kHost + "\r\n", 400},
        Case{"BrokenUtf8", "GET /%ff HTTP/1.1\r\n" + kHost + "\r\n", 400}, Case{"TwoSpaces", "GET  / HTTP/1.1\r\n" + kHost + "\r\n", 400},
        Case{"NoTarget", "GET HTTP/1.1\r\n" + kHost + "\r\n", 400}, Case{"Authority", "GET a.test:80 HTTP/1.1\r\n" + kHost + "\r\n", 400},
        Case{"Star", "GET * HTTP/1.1\r\n" + kHost + "\r\n", 400}, Case{"Connect", "CONNECT a:1 HTTP/1.1\r\n" + kHost + "\r\n", 501},
        Case{"Unknown", "BREW / HTTP/1.1\r\n" + kHost + "\r\n", 501}, Case{"LowerCaseMethod", "get / HTTP/1.1\r\n" + kHost + "\r\n", 501},
        Case{"Http2Preface", "PRI * HTTP/2.0\r\n\r\n", 505}, Case{"LowerCaseVersion", "GET / http/1.1\r\n" + kHost + "\r\n", 400},
        Case{"Expectation", "POST / HTTP/1.1\r\n" + kHost + "Expect: tea\r\nContent-Length: 1\r\n\r\n", 417},
        Case{"LongTarget", "GET /" + std::string(kLongestTarget, 'a') + " HTTP/1.1\r\n" + kHost + "\r\n", 414},
        Case{"LargeHead", "GET / HTTP/1.1\r\n" + kHost + "X: " + std::string(kLargestHeaderBlock, 'a') + "\r\n\r\n", 431},
        Case{"ManyFields",
             [] {
               std::string bytes = "GET / HTTP/1.1\r\n" + kHost;
               for (std::size_t i = 0; i < kMaxFields; ++i) bytes += "a:b\r\n";
               return bytes + "\r\n";
             }(),
             431}),
    [](const auto& info) { return info.param.name; });

TEST(EndOfHead, IsBehindTheEmptyLine) {
  EXPECT_EQ(end_of_head("GET / HTTP/1.1\r\nHost: a\r\n"), std::nullopt);
  EXPECT_EQ(end_of_head("a\r\n\r\nrest"), 5U);
  EXPECT_EQ(end_of_head("a\n\nrest"), 3U);
}

}  // namespace
}  // namespace carillon::http::h1
