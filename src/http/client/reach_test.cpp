#include "http/client/reach.hpp"

#include <gtest/gtest.h>
#include <netinet/in.h>

namespace carillon::http {
namespace {

IpAddress address(std::string_view text) { return IpAddress::parse(text).value(); }

TEST(Reach, TakesOrdinaryAddressesForPublic) {
  for (const auto* text :
       {"1.1.1.1",        "9.255.255.255",   "11.0.0.0",         "100.63.255.255",  "100.128.0.0",     "126.255.255.255",
        "128.0.0.1",      "169.253.255.255", "172.15.255.255",   "172.32.0.0",      "192.167.255.255", "192.169.0.0",
        "198.17.255.255", "198.20.0.0",      "223.255.255.255",  "2606:4700::1111", "2a00:1450::1",    "2001:4860:4860::8888",
        "2001:200::1",    "::ffff:1.1.1.1",  "64:ff9b::1.1.1.1", "2002:101:101::1"})
    EXPECT_TRUE(is_public(address(text))) << text;
}

TEST(Reach, TakesEverySpecialNetworkForPrivate) {
  for (const auto* text : {"0.0.0.0",
                           "0.1.2.3",
                           "10.0.0.0",
                           "10.255.255.255",
                           "100.64.0.0",
                           "100.127.255.255",
                           "127.0.0.1",
                           "127.255.255.255",
                           "169.254.169.254",
                           "172.16.0.0",
                           "172.31.255.255",
                           "192.0.0.1",
                           "192.0.2.1",
                           "192.88.99.1",
                           "192.168.0.0",
                           "192.168.255.255",
                           "198.18.0.0",
                           "198.19.255.255",
                           "198.51.100.1",
                           "203.0.113.1",
                           "224.0.0.1",
                           "239.255.255.255",
                           "240.0.0.1",
                           "255.255.255.255",
                           "::",
                           "::1",
                           "::127.0.0.1",
                           "100::1",
                           "fc00::1",
                           "fdff::1",
                           "fe80::1",
                           "febf::1",
                           "fec0::1",
                           "ff02::1",
                           "2001::1",
                           "2001:10::1",
                           "2001:db8::1",
                           "3fff::1",
                           "5f00::1",
                           "64:ff9b:1::1"})
    EXPECT_FALSE(is_public(address(text))) << text;
}

TEST(Reach, LooksAtTheAddressInsideAnAddress) {
  for (const auto* text : {"::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "64:ff9b::10.0.0.1", "64:ff9b::127.0.0.1",
                           "2002:7f00:1::", "2002:a00:1::1"})
    EXPECT_FALSE(is_public(address(text))) << text;
}

TEST(Reach, ReadsTheAddressThatWillBeConnected) {
  sockaddr_in6 mapped{};
  mapped.sin6_family = AF_INET6;
  mapped.sin6_addr.s6_addr[10] = mapped.sin6_addr.s6_addr[11] = 0xff;
  mapped.sin6_addr.s6_addr[12] = 127;
  mapped.sin6_addr.s6_addr[15] = 1;
  EXPECT_EQ(IpAddress::of(reinterpret_cast<const sockaddr&>(mapped)).value().text(), "127.0.0.1");
  sockaddr_in plain{};
  plain.sin_family = AF_INET;
  plain.sin_addr.s_addr = htonl(0x0a000001);
  EXPECT_EQ(IpAddress::of(reinterpret_cast<const sockaddr&>(plain)).value().text(), "10.0.0.1");
  plain.sin_family = AF_UNIX;
  EXPECT_FALSE(IpAddress::of(reinterpret_cast<const sockaddr&>(plain)));
}

TEST(Reach, ReadsNetworks) {
  const auto ten = Network::parse("10.0.0.0/8").value();
  EXPECT_TRUE(ten.contains(address("10.255.0.1")));
  EXPECT_TRUE(ten.contains(address("::ffff:10.1.1.1"))) << "the same host by another spelling";
  EXPECT_FALSE(ten.contains(address("11.0.0.0")));
  const auto odd = Network::parse("172.16.0.0/12").value();
  EXPECT_TRUE(odd.contains(address("172.31.0.1")));
  EXPECT_FALSE(odd.contains(address("172.32.0.1")));
  const auto local = Network::parse("fd00::/8").value();
  EXPECT_TRUE(local.contains(address("fd12::1")));
  EXPECT_FALSE(local.contains(address("fc12::1")));
  EXPECT_TRUE(Network::parse("127.0.0.1").value().contains(address("127.0.0.1")));
  EXPECT_FALSE(Network::parse("127.0.0.1").value().contains(address("127.0.0.2")));
  EXPECT_FALSE(Network::parse("::/0").value().contains(address("10.0.0.1"))) << "a network of IPv6 opens no IPv4";
}

TEST(Reach, RefusesWhatIsNoNetwork) {
  for (const auto* text : {"", "/8", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/8/8", "10.0.0.1/8", "fd00::/129", "localhost",
                           "10/8", "::ffff:10.0.0.0/104"})
    EXPECT_FALSE(Network::parse(text)) << text;
}

TEST(Reach, OpensWhatTheOperatorAllowsAndNothingElse) {
  const std::vector<Network> allowed{Network::parse("127.0.0.2").value()};
  EXPECT_TRUE(may_reach(address("127.0.0.2"), allowed));
  EXPECT_FALSE(may_reach(address("127.0.0.1"), allowed));
  EXPECT_TRUE(may_reach(address("1.1.1.1"), allowed));
}

}  // namespace
}  // namespace carillon::http
