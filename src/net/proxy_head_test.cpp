#include "net/proxy_head.hpp"

#include <gtest/gtest.h>

namespace carillon::net {
namespace {

using State = ProxyHead::State;
using namespace std::string_literals;

const std::string kSignature{"\r\n\r\n\0\r\nQUIT\n", 12};

std::string binary(char command, char family, const std::string& block) {
  return kSignature + command + family + static_cast<char>(block.size() >> 8) + static_cast<char>(block.size() & 0xff) + block;
}

const std::string kV4Block = "\xc0\x00\x02\x07\x7f\x00\x00\x01\x12\x67\x01\xbb"s;
const std::string kV6Block = "\x20\x01\x0d\xb8"s + std::string(11, '\0') + "\x07"s + std::string(15, '\0') + "\x01\x00\x00\x01\xbb"s;

std::string client_of(const std::string& bytes) {
  const auto head = parse_proxy_head(bytes);
  if (head.state != State::complete) return "no head";
  return head.client ? head.client->address.text() + " " + std::to_string(head.client->port) : "the proxy";
}

TEST(ProxyLine, NamesTheClient) {
  EXPECT_EQ(client_of("PROXY TCP4 192.0.2.7 127.0.0.1 4711 443\r\n"), "192.0.2.7 4711");
  EXPECT_EQ(client_of("PROXY TCP6 2001:db8::7 ::1 0 443\r\n"), "2001:db8::7 0");
  EXPECT_EQ(client_of("PROXY TCP6 ::ffff:192.0.2.7 ::1 1 443\r\n"), "192.0.2.7 1");
  EXPECT_EQ(client_of("PROXY UNKNOWN\r\n"), "the proxy");
  EXPECT_EQ(client_of("PROXY UNKNOWN ffff:f::1 whatever\r\n"), "the proxy");
}

TEST(ProxyLine, EndsWhereItEnds) {
  const std::string head = "PROXY TCP4 192.0.2.7 127.0.0.1 4711 443\r\n";
  EXPECT_EQ(parse_proxy_head(head + "GET / HTTP/1.1\r\n\r\n").length, head.size());
  EXPECT_EQ(parse_proxy_head(head + "\r\n").length, head.size());
  for (std::size_t cut = 1; cut < head.size(); ++cut) EXPECT_EQ(parse_proxy_head(head.substr(0, cut)).state, State::incomplete) << cut;
}

TEST(ProxyLine, IsNotGuessedAt) {
  for (const std::string line : {"PROXY TCP4 192.0.2.7 127.0.0.1 4711\r\n", "PROXY TCP4 192.0.2.7 127.0.0.1 4711 443 \r\n",
                                 "PROXY  TCP4 192.0.2.7 127.0.0.1 4711 443\r\n", "PROXY TCP4 192.0.2.7 127.0.0.1 04711 443\r\n",
                                 "PROXY TCP4 192.0.2.7 127.0.0.1 65536 443\r\n", "PROXY TCP4 ::1 ::1 4711 443\r\n",
                                 "PROXY TCP6 192.0.2.7 127.0.0.1 4711 443\r\n", "PROXY UDP4 192.0.2.7 127.0.0.1 4711 443\r\n",
                                 "PROXY TCP4 192.0.2.7 127.0.0.1 4711 443\n", "PROXY TCP4 192.0.2.7 127.0.0.1 +1 443\r\n",
                                 "PROXY TCP4 192.0.2.07 127.0.0.1 1 443\r\n", "PROXY tcp4 192.0.2.7 127.0.0.1 1 443\r\n", "PROXY \r\n"})
    EXPECT_EQ(parse_proxy_head(line).state, State::malformed) << line;
  EXPECT_EQ(parse_proxy_head("PROXY UNKNOWN " + std::string(kMaxProxyLine, 'x')).state, State::malformed) << "without an end";
}

TEST(ProxyHead, NamesTheClient) {
  EXPECT_EQ(client_of(binary('\x21', '\x11', kV4Block)), "192.0.2.7 4711");
  EXPECT_EQ(client_of(binary('\x21', '\x21', kV6Block)), "2001:db8::7 0");
  EXPECT_EQ(client_of(binary('\x21', '\x31', std::string(216, '\0'))), "the proxy");
  EXPECT_EQ(client_of(binary('\x21', '\0', "")), "the proxy");
  EXPECT_EQ(client_of(binary('\x20', '\x11', kV4Block)), "the proxy") << "its own health check";
  EXPECT_EQ(client_of(binary('\x20', '\0', "anything")), "the proxy");
}

TEST(ProxyHead, EndsWhereItEnds) {
  const auto head = binary('\x21', '\x11', kV4Block + "\xe0\x00\x03own"s);
  EXPECT_EQ(parse_proxy_head(head + "\x16\x03\x01").length, head.size());
  for (std::size_t cut = 1; cut < head.size(); ++cut) EXPECT_EQ(parse_proxy_head(head.substr(0, cut)).state, State::incomplete) << cut;
}

TEST(ProxyHead, IsNotGuessedAt) {
  const auto refused = [](const std::string& bytes) { return parse_proxy_head(bytes).state == State::malformed; };
  EXPECT_TRUE(refused(binary('\x11', '\x11', kV4Block))) << "another version";
  EXPECT_TRUE(refused(binary('\x22', '\x11', kV4Block))) << "another command";
  EXPECT_TRUE(refused(binary('\x21', '\x12', kV4Block))) << "UDP";
  EXPECT_TRUE(refused(binary('\x21', '\x41', kV4Block))) << "an unknown family";
  EXPECT_TRUE(refused(binary('\x21', '\x11', kV4Block.substr(1)))) << "too short for its addresses";
  EXPECT_TRUE(refused(binary('\x21', '\x21', kV4Block)));
  EXPECT_TRUE(refused(binary('\x21', '\x11', kV4Block + "\x04"s))) << "half a TLV";
  EXPECT_TRUE(refused(binary('\x21', '\x11', kV4Block + "\x04\x00\x02x"s))) << "a TLV beyond the end";
  EXPECT_TRUE(refused(binary('\x21', '\x11', kV4Block + std::string(2048, '\0')))) << "longer than anybody needs";
}

TEST(ProxyHead, AChecksumMustBeRight) {
  const auto with = [](const std::string& sum) { return binary('\x21', '\x11', kV4Block + "\x03\x00\x04"s + sum); };
  EXPECT_EQ(client_of(with("\x7b\xc2\xa2\xd4"s)), "192.0.2.7 4711") << "computed apart, by the definition of RFC 3720";
  EXPECT_EQ(parse_proxy_head(with("\0\0\0\0"s)).state, State::malformed);
  EXPECT_EQ(parse_proxy_head(binary('\x21', '\x11', kV4Block + "\x03\x00\x03xyz"s)).state, State::malformed);
}

TEST(ProxyHead, WhatBeginsOtherwiseIsNone) {
  for (const auto* text : {"GET / HTTP/1.1\r\n", "POST / HTTP/1.1\r\n", "PROXYTCP4", "\x16\x03\x01", "\r\nGET /", "proxy TCP4"})
    EXPECT_EQ(parse_proxy_head(text).state, State::absent) << text;
  EXPECT_EQ(parse_proxy_head("P").state, State::incomplete) << "a POST or a PROXY";
  EXPECT_EQ(parse_proxy_head("").state, State::incomplete);
}

}  // namespace
}  // namespace carillon::net
