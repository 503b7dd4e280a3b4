// Listeners: who is one, however the address is written.

#include "stats/log/listener.hpp"

#include "base/encoding.hpp"

#include <gtest/gtest.h>

namespace carillon::stats {
namespace {

constexpr ListenerKey kKey{std::byte{7}};

Listener listener(std::string_view text) { return listener_of(IpAddress::parse(text, IpAddress::Zone::dropped).value(), kKey); }

TEST(ListenerTest, AListenerIsTheDigestOfWhatASubscriberHolds) {
  // Made with Python's hmac: what the log of earlier days holds must stay the same listener.
  EXPECT_EQ(to_hex(listener("192.0.2.77")), "2c3d67ce850c3c356f4ed643c492eee9");
  EXPECT_EQ(to_hex(listener("2001:db8:1:2:aaaa::1")), "2e2b2a032072482f9bf33018f0560505");
}

TEST(ListenerTest, MappedAddressesAreIpv4) {
  EXPECT_EQ(listener("::ffff:192.0.2.77"), listener("192.0.2.77"));
  EXPECT_NE(listener("::fffe:192.0.2.77"), listener("192.0.2.77"));
}

TEST(ListenerTest, TheZoneIsNoPartOfTheListener) { EXPECT_EQ(listener("fe80::1%eth0"), listener("fe80::1")); }

TEST(ListenerTest, AHouseholdIsOneListener) {
  EXPECT_EQ(listener("2001:db8:1:2:aaaa::1"), listener("2001:db8:1:2:bbbb:cccc:dddd:eeee"));
  EXPECT_NE(listener("2001:db8:1:2::1"), listener("2001:db8:1:3::1"));
  EXPECT_NE(listener("192.0.2.1"), listener("192.0.2.2"));
}

TEST(ListenerTest, AnotherKeyIsAnotherListener) {
  const auto address = IpAddress::parse("192.0.2.1").value();
  EXPECT_NE(listener_of(address, kKey), listener_of(address, ListenerKey{}));
}

}  // namespace
}  // namespace carillon::stats
