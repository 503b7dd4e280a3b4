// Addresses: every spelling a peer's address comes in, and what is left of it.

#include "stats/log/address.hpp"

#include <gtest/gtest.h>

namespace carillon::stats {
namespace {

constexpr ListenerKey kKey{std::byte{7}};

Listener listener(std::string_view text) { return listener_of(Address::parse(text).value(), kKey); }
std::string prefix(std::string_view text) { return prefix_of(Address::parse(text).value()); }

TEST(AddressTest, Prefixes) {
  EXPECT_EQ(prefix("192.0.2.77"), "192.0.2.0/24");
  EXPECT_EQ(prefix("255.255.255.255"), "255.255.255.0/24");
  EXPECT_EQ(prefix("2001:db8:1234:5678:9abc:def0:1:2"), "2001:db8:1234::/48");
  EXPECT_EQ(prefix("::1"), "::/48");
}

TEST(AddressTest, MappedAddressesAreIpv4) {
  EXPECT_EQ(prefix("::ffff:192.0.2.77"), "192.0.2.0/24");
  EXPECT_EQ(listener("::ffff:192.0.2.77"), listener("192.0.2.77"));
  EXPECT_NE(listener("::fffe:192.0.2.77"), listener("192.0.2.77"));
}

TEST(AddressTest, TheZoneIsNoPartOfTheListener) {
  EXPECT_EQ(listener("fe80::1%eth0"), listener("fe80::1"));
  EXPECT_EQ(prefix("fe80::1%eth0"), "fe80::/48");
}

TEST(AddressTest, AHouseholdIsOneListener) {
  EXPECT_EQ(listener("2001:db8:1:2:aaaa::1"), listener("2001:db8:1:2:bbbb:cccc:dddd:eeee"));
  EXPECT_NE(listener("2001:db8:1:2::1"), listener("2001:db8:1:3::1"));
  EXPECT_NE(listener("192.0.2.1"), listener("192.0.2.2"));
}

TEST(AddressTest, AnotherKeyIsAnotherListener) {
  const auto address = Address::parse("192.0.2.1").value();
  EXPECT_NE(listener_of(address, kKey), listener_of(address, ListenerKey{}));
}

TEST(AddressTest, WhatIsNoAddress) {
  using namespace std::string_view_literals;
  for (const auto text : {""sv, "192.0.2"sv, "192.0.2.256"sv, "192.0.2.1%eth0"sv, "192.0.2.1:80"sv, "[::1]"sv, "2001:db8"sv, "localhost"sv,
                          "::1\0x"sv, "192.0.2.1\0"sv, "%"sv})
    EXPECT_FALSE(Address::parse(text)) << text;
}

}  // namespace
}  // namespace carillon::stats
