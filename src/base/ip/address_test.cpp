#include "base/ip/address.hpp"

#include "base/text.hpp"

#include <gtest/gtest.h>
#include <netinet/in.h>

#include <fstream>
#include <unordered_set>

namespace carillon {
namespace {

IpAddress at(std::string_view text) { return IpAddress::parse(text).value(); }
bool holds(std::string_view network, std::string_view address) { return IpNetwork::parse(network).value().contains(at(address)); }

TEST(IpAddress, IsReadCutAndClassifiedAsByPythonsIpaddress) {
  std::ifstream table{"src/base/ip/testing/addresses.tsv"};
  std::string line;
  ASSERT_TRUE(std::getline(table, line));
  int addresses = 0, others = 0;
  while (std::getline(table, line)) {
    const auto fields = split(line, '\t');
    const auto address = IpAddress::parse(fields[0]);
    if (fields[1] == "-") {
      EXPECT_FALSE(address) << line;
      ++others;
      continue;
    }
    ASSERT_TRUE(address) << line;
    ASSERT_EQ(fields.size(), 8U) << line;
    EXPECT_EQ(address->text(), fields[1]) << line;
    EXPECT_EQ(subscriber_of(*address).text(), fields[2]) << line;
    EXPECT_EQ(region_of(*address), fields[3]) << line;
    EXPECT_EQ(is_loopback(*address), fields[4] == "yes") << line;
    EXPECT_EQ(is_link_local(*address), fields[5] == "yes") << line;
    EXPECT_EQ(is_local(*address), fields[6] == "yes") << line;
    EXPECT_EQ(is_public(*address), fields[7] == "yes") << line;
    EXPECT_EQ(at(address->text()), *address) << line;
    EXPECT_EQ(address->is_v4(), !fields[1].contains(':')) << line;
    ++addresses;
  }
  EXPECT_GT(addresses, 100);
  EXPECT_GT(others, 20);
}

TEST(IpAddress, IsOneHoweverItIsWritten) {
  EXPECT_EQ(at("192.0.2.7"), at("::ffff:192.0.2.7"));
  EXPECT_NE(at("192.0.2.7"), at("::192.0.2.7"));
  EXPECT_EQ(at("::ffff:192.0.2.7").bytes().size(), 4U);
  EXPECT_EQ(at("2001:db8::").bytes().size(), 16U);
  EXPECT_EQ((std::unordered_set<IpAddress>{at("192.0.2.7"), at("::ffff:192.0.2.7"), at("2001:db8::7")}.size()), 2U);
}

TEST(IpAddress, NothingBehindIt) {
  using namespace std::string_view_literals;
  for (const auto text : {""sv, " 192.0.2.7"sv, "192.0.2.7\n"sv, "192.0.2.7\0"sv, "::1\0x"sv}) {
    EXPECT_FALSE(IpAddress::parse(text)) << text;
    EXPECT_FALSE(IpAddress::parse(text, IpAddress::Zone::dropped)) << text;
  }
}

TEST(IpAddress, AZoneIsDroppedWhereTheReaderAllowsIt) {
  EXPECT_FALSE(IpAddress::parse("fe80::1%eth0"));
  EXPECT_EQ(IpAddress::parse("fe80::1%eth0", IpAddress::Zone::dropped).value(), at("fe80::1"));
  for (const auto* bad : {"fe80::1%", "%", "%eth0", "192.0.2.7%eth0", "::1::%eth0"})
    EXPECT_FALSE(IpAddress::parse(bad, IpAddress::Zone::dropped)) << bad;
}

TEST(IpAddress, ReadsTheAddressThatWillBeConnected) {
  sockaddr_in6 mapped{};
  mapped.sin6_family = AF_INET6;
  mapped.sin6_addr.s6_addr[10] = mapped.sin6_addr.s6_addr[11] = 0xff;
  mapped.sin6_addr.s6_addr[12] = 127;
  mapped.sin6_addr.s6_addr[15] = 1;
  EXPECT_EQ(IpAddress::of(reinterpret_cast<const sockaddr&>(mapped)).value(), at("127.0.0.1"));
  sockaddr_in plain{};
  plain.sin_family = AF_INET;
  plain.sin_addr.s_addr = htonl(0x0a000001);
  EXPECT_EQ(IpAddress::of(reinterpret_cast<const sockaddr&>(plain)).value(), at("10.0.0.1"));
  plain.sin_family = AF_UNIX;
  EXPECT_FALSE(IpAddress::of(reinterpret_cast<const sockaddr&>(plain)));
}

TEST(IpNetwork, HoldsWhatItsPrefixSays) {
  EXPECT_TRUE(holds("10.0.0.0/8", "10.255.0.1"));
  EXPECT_FALSE(holds("10.0.0.0/8", "11.0.0.1"));
  EXPECT_TRUE(holds("172.16.0.0/12", "172.31.0.1"));
  EXPECT_FALSE(holds("172.16.0.0/12", "172.32.0.1"));
  EXPECT_TRUE(holds("192.0.2.128/25", "192.0.2.200"));
  EXPECT_FALSE(holds("192.0.2.128/25", "192.0.2.100"));
  EXPECT_TRUE(holds("2001:db8::/33", "2001:db8:7fff::1"));
  EXPECT_FALSE(holds("2001:db8::/33", "2001:db8:8000::1"));
  EXPECT_TRUE(holds("127.0.0.1", "127.0.0.1"));
  EXPECT_FALSE(holds("127.0.0.1", "127.0.0.2"));
  EXPECT_TRUE(holds("0.0.0.0/0", "203.0.113.9"));
}

TEST(IpNetwork, OfOneFamilyHoldsNoneOfTheOther) {
  EXPECT_FALSE(holds("0.0.0.0/0", "2001:db8::1"));
  EXPECT_FALSE(holds("::/0", "10.0.0.1")) << "a network of IPv6 opens no IPv4";
  EXPECT_TRUE(holds("10.0.0.0/8", "::ffff:10.1.2.3")) << "the same host by another spelling";
  const auto mapped = IpNetwork::parse("::ffff:10.0.0.0/104").value();
  EXPECT_EQ(mapped.text(), "10.0.0.0/8");
  EXPECT_TRUE(mapped.contains(at("10.1.2.3")));
}

TEST(IpNetwork, IsRefusedWhenItCannotBeMeant) {
  for (const auto* bad : {"", "/8", "10.0.0.0/33", "10.0.0.1/8", "2001:db8::/129", "2001:db8::1/64", "10.0.0.0/", "10.0.0.0/8/8", "10/8",
                          "10.0.0.0/-1", "localhost", "::ffff:0.0.0.0/95", "::ffff:10.0.0.0/129", "fe80::%eth0/64"})
    EXPECT_FALSE(IpNetwork::parse(bad)) << bad;
}

TEST(IpAddress, IsCutToItsFirstBits) {
  EXPECT_EQ(at("255.255.255.255").cut_to(0), at("0.0.0.0"));
  EXPECT_EQ(at("255.255.255.255").cut_to(13), at("255.248.0.0"));
  EXPECT_EQ(at("255.255.255.255").cut_to(32), at("255.255.255.255"));
  EXPECT_EQ(at("ffff::1").cut_to(1), at("8000::"));
  EXPECT_EQ(at("ffff::1").cut_to(0), at("::"));
}

TEST(Subscriber, IsAnAddressOfIPv4AndASixtyFourthOfIPv6) {
  EXPECT_EQ(subscriber_of(at("192.0.2.7")), at("192.0.2.7"));
  EXPECT_EQ(subscriber_of(at("2001:db8:1:2:3:4:5:6")), at("2001:db8:1:2::"));
  EXPECT_NE(subscriber_of(at("2001:db8:1:3::1")), subscriber_of(at("2001:db8:1:2::1")));
}

TEST(Region, IsReadFromTheAddressOfAPeer) {
  EXPECT_EQ(region_of("192.0.2.77"), "192.0.2.0/24");
  EXPECT_EQ(region_of("fe80::1%eth0"), "fe80::/48");
  EXPECT_EQ(region_of(""), "");
  EXPECT_EQ(region_of("@"), "");
}

}  // namespace
}  // namespace carillon
