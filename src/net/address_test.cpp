#include "net/address.hpp"

#include <gtest/gtest.h>

namespace carillon::net {
namespace {

IpAddress at(std::string_view text) { return IpAddress::parse(text).value(); }
bool holds(std::string_view network, std::string_view address) { return Network::parse(network).value().contains(at(address)); }

TEST(IpAddress, IsOneHoweverItIsWritten) {
  EXPECT_EQ(at("192.0.2.7"), at("::ffff:192.0.2.7"));
  EXPECT_EQ(at("::ffff:192.0.2.7").text(), "192.0.2.7");
  EXPECT_EQ(at("2001:DB8:0::7").text(), "2001:db8::7");
  EXPECT_TRUE(at("192.0.2.7").is_v4());
  EXPECT_FALSE(at("::192.0.2.7").is_v4());
}

TEST(IpAddress, NothingElseIsTakenForOne) {
  for (const auto* bad : {"", "192.0.2", "192.0.2.256", "192.0.2.07", " 192.0.2.7", "fe80::1%eth0", "[::1]", "1::2::3", "localhost"})
    EXPECT_FALSE(IpAddress::parse(bad)) << bad;
  EXPECT_FALSE(IpAddress::parse(std::string_view("192.0.2.7\0", 10)));
}

TEST(Network, HoldsWhatItsPrefixSays) {
  EXPECT_TRUE(holds("10.0.0.0/8", "10.255.0.1"));
  EXPECT_FALSE(holds("10.0.0.0/8", "11.0.0.1"));
  EXPECT_TRUE(holds("192.0.2.128/25", "192.0.2.200"));
  EXPECT_FALSE(holds("192.0.2.128/25", "192.0.2.100"));
  EXPECT_TRUE(holds("2001:db8::/33", "2001:db8:7fff::1"));
  EXPECT_FALSE(holds("2001:db8::/33", "2001:db8:8000::1"));
  EXPECT_TRUE(holds("127.0.0.1", "127.0.0.1"));
  EXPECT_FALSE(holds("127.0.0.1", "127.0.0.2"));
  EXPECT_TRUE(holds("0.0.0.0/0", "203.0.113.9"));
  EXPECT_FALSE(holds("0.0.0.0/0", "2001:db8::1")) << "all of IPv4 is no IPv6";
  EXPECT_TRUE(holds("10.0.0.0/8", "::ffff:10.1.2.3"));
}

TEST(Network, IsRefusedWhenItCannotBeMeant) {
  for (const auto* bad :
       {"", "10.0.0.0/33", "10.0.0.1/8", "2001:db8::/129", "2001:db8::1/64", "10.0.0.0/", "10.0.0.0/8/8", "10/8", "10.0.0.0/-1"})
    EXPECT_FALSE(Network::parse(bad)) << bad;
}

TEST(Subscriber, IsAnAddressOfIPv4AndASixtyFourthOfIPv6) {
  EXPECT_EQ(subscriber_of(at("192.0.2.7")), at("192.0.2.7"));
  EXPECT_EQ(subscriber_of(at("2001:db8:1:2:3:4:5:6")), at("2001:db8:1:2::"));
  EXPECT_NE(subscriber_of(at("2001:db8:1:3::1")), subscriber_of(at("2001:db8:1:2::1")));
}

TEST(Region, IsTooWideToBeAPerson) {
  EXPECT_EQ(region_of(at("192.0.2.77")), "192.0.2.0/24");
  EXPECT_EQ(region_of(at("2001:db8:1:2:3:4:5:6")), "2001:db8:1::/48");
}

}  // namespace
}  // namespace carillon::net
