#include "stats/log/data_centres.hpp"

#include <gtest/gtest.h>

namespace carillon::stats {
namespace {

bool contains(const DataCentres& list, const char* address, std::optional<std::uint32_t> network = {}) {
  return list.contains(IpAddress::parse(address).value(), network);
}

TEST(DataCentresTest, RangesNetworksAndNumbers) {
  const auto list = DataCentres::parse(
      "# a comment\r\n"
      "192.0.2.10,192.0.2.20,Example,https://example.org/\r\n"
      "192.0.2.15, 192.0.2.30\n"
      "\n"
      "198.51.100.64/26\n"
      "198.51.100.9/32,somebody\n"
      "2001:db8:1::/48\n"
      "AS64496,Example Net\n"
      "as4200000000");
  ASSERT_TRUE(list) << list.error().message;
  for (const auto* in : {"192.0.2.10", "192.0.2.20", "192.0.2.25", "192.0.2.30", "198.51.100.64", "198.51.100.127", "198.51.100.9",
                         "2001:db8:1::", "2001:db8:1:ffff:ffff:ffff:ffff:ffff"})
    EXPECT_TRUE(contains(*list, in)) << in;
  for (const auto* out : {"192.0.2.9", "192.0.2.31", "198.51.100.63", "198.51.100.128", "198.51.100.8", "0.0.0.0", "255.255.255.255",
                          "2001:db8::1", "2001:db8:2::"})
    EXPECT_FALSE(contains(*list, out)) << out;
  EXPECT_TRUE(contains(*list, "0.0.0.0", 64496));
  EXPECT_TRUE(contains(*list, "::1", 4'200'000'000));
  EXPECT_FALSE(contains(*list, "0.0.0.0", 64497));
}

TEST(DataCentresTest, TheWholeAddressSpaceIsANetwork) {
  const auto list = DataCentres::parse("0.0.0.0/0\n::/0");
  ASSERT_TRUE(list);
  EXPECT_TRUE(contains(*list, "255.255.255.255"));
  EXPECT_TRUE(contains(*list, "2001:db8::1"));
}

TEST(DataCentresTest, WhatIsNoListIsRefusedWithItsLine) {
  for (const auto* text : {"192.0.2.1\n", "192.0.2.1,\n", "192.0.2.9,192.0.2.1\n", "192.0.2.1,2001:db8::\n", "192.0.2.0/33\n",
                           "2001:db8::/129\n", "192.0.2.0/x\n", "AS\n", "AS4294967296\n", "<html>\n"}) {
    const auto list = DataCentres::parse(std::string{"# first\n"} + text);
    ASSERT_FALSE(list) << text;
    EXPECT_NE(list.error().message.find("line 2"), std::string::npos) << list.error().message;
  }
  EXPECT_FALSE(DataCentres::parse(""));
  EXPECT_FALSE(DataCentres::parse("# nothing\n"));
}

}  // namespace
}  // namespace carillon::stats
