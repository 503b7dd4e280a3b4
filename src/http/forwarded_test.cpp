#include "http/forwarded.hpp"

#include <gtest/gtest.h>

namespace carillon::http {
namespace {

using Field = TrustedProxies::Field;

struct Said {
  std::string x_forwarded_for{};
  std::string forwarded{};
  std::string peer = "10.0.0.1";
  Field field = Field::x_forwarded_for;
  bool local_socket = false;
};

/// The client that follows, or "refused".
std::string client(const Said& said) {
  const TrustedProxies proxies{.networks = {IpNetwork::parse("10.0.0.0/8").value(), IpNetwork::parse("fd00::/8").value()},
                               .field = said.field};
  Fields fields;
  if (!said.x_forwarded_for.empty()) fields.add("X-Forwarded-For", said.x_forwarded_for);
  if (!said.forwarded.empty()) fields.add("forwarded", said.forwarded);
  const auto found = client_of(fields, {.address = said.peer, .port = 1, .local_socket = said.local_socket}, proxies);
  return found ? found->address : "refused";
}

std::string forwarded(std::string value) { return client({.forwarded = std::move(value), .field = Field::forwarded}); }

TEST(XForwardedFor, TheLastThatIsNoProxyIsTheClient) {
  EXPECT_EQ(client({.x_forwarded_for = "203.0.113.9"}), "203.0.113.9");
  EXPECT_EQ(client({.x_forwarded_for = "1.2.3.4, 203.0.113.9"}), "203.0.113.9") << "what stands before it the client has written";
  EXPECT_EQ(client({.x_forwarded_for = "1.2.3.4, 203.0.113.9, 10.0.0.2,10.0.0.3"}), "203.0.113.9");
  EXPECT_EQ(client({.x_forwarded_for = "junk\", 203.0.113.9"}), "203.0.113.9");
  EXPECT_EQ(client({.x_forwarded_for = "10.0.0.9, 10.0.0.2"}), "10.0.0.9") << "all of them are ours: the farthest";
  EXPECT_EQ(client({.x_forwarded_for = "203.0.113.9:4711"}), "203.0.113.9");
  EXPECT_EQ(client({.x_forwarded_for = "2001:DB8::7"}), "2001:db8::7");
  EXPECT_EQ(client({.x_forwarded_for = "[2001:db8::7]:4711, fd00::1"}), "2001:db8::7");
  EXPECT_EQ(client({.x_forwarded_for = "unknown"}), "10.0.0.1");
  EXPECT_EQ(client({}), "10.0.0.1");
}

TEST(XForwardedFor, IsNothingFromAnybodyElse) {
  EXPECT_EQ(client({.x_forwarded_for = "203.0.113.9", .peer = "198.51.100.1"}), "198.51.100.1");
  EXPECT_EQ(client({.x_forwarded_for = "203.0.113.9", .peer = "", .local_socket = true}), "") << "nor over the control socket";
  EXPECT_EQ(client({.forwarded = "for=203.0.113.9"}), "10.0.0.1") << "the field that was not chosen is never read";
  EXPECT_EQ(client({.x_forwarded_for = "203.0.113.9", .field = Field::forwarded}), "10.0.0.1");
}

TEST(XForwardedFor, OfAProxyMustBeReadable) {
  for (const auto* bad : {"203.0.113", "203.0.113.9:", "203.0.113.9:65536", "[203.0.113.9]", "[2001:db8::7", "fe80::1%eth0",
                          "203.0.113.9 10.0.0.1", "203.0.113.9,"})
    EXPECT_EQ(client({.x_forwarded_for = bad}), "refused") << bad;
  std::string loop = "203.0.113.9";
  for (std::size_t i = 0; i < kMaxProxyHops; ++i) loop += ", 10.0.0.1";
  EXPECT_EQ(client({.x_forwarded_for = loop}), "refused");
}

TEST(Forwarded, TheLastThatIsNoProxyIsTheClient) {
  EXPECT_EQ(forwarded("for=203.0.113.9"), "203.0.113.9");
  EXPECT_EQ(forwarded("For=\"[2001:db8::7]:4711\";proto=http;by=10.0.0.1"), "2001:db8::7");
  EXPECT_EQ(forwarded("for=1.2.3.4, proto=https; for=203.0.113.9, for=10.0.0.2"), "203.0.113.9");
  EXPECT_EQ(forwarded("for=203.0.113.9, for=_hidden"), "10.0.0.1") << "nobody says who that is";
  EXPECT_EQ(forwarded("for=unknown"), "10.0.0.1");
}

TEST(Forwarded, OfAProxyMustBeReadable) {
  for (const auto* bad :
       {"proto=https", "for=203.0.113", "for=2001:db8::7", "for=\"203.0.113.9", "for=203.0.113.9;for=10.0.0.1", "for=", "for"})
    EXPECT_EQ(forwarded(bad), "refused") << bad;
}

}  // namespace
}  // namespace carillon::http
