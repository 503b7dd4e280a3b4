#include "net/address_limits.hpp"

#include "net/housekeeping.hpp"

#include <gtest/gtest.h>

namespace carillon::net {
namespace {

IpAddress at(std::string_view text) { return IpAddress::parse(text).value(); }

TEST(AddressLimits, OneSubscriberGetsSoManyAndOthersTheirOwn) {
  AddressLimits limits{2, {}};
  auto first = limits.take(at("2001:db8::1")), second = limits.take(at("2001:db8::2"));
  ASSERT_TRUE(first && second);
  EXPECT_FALSE(limits.take(at("2001:db8:0:0:ffff::3"))) << "the same /64";
  EXPECT_TRUE(limits.take(at("2001:db8:0:1::3")));
  EXPECT_TRUE(limits.take(at("192.0.2.7")));
  first.reset();
  EXPECT_TRUE(limits.take(at("2001:db8::3"))) << "what was given back is there again";
}

TEST(AddressLimits, NothingIsRememberedOfThoseWhoAreGone) {
  AddressLimits limits{2, {}};
  {
    std::vector<AddressLimits::Slot> slots;
    for (int i = 0; i < 1000; ++i) slots.push_back(*limits.take(at("2001:db8:0:" + std::to_string(i) + "::1")));
    EXPECT_EQ(limits.subscribers(), 1000U);
  }
  EXPECT_EQ(limits.subscribers(), 0U);
}

TEST(AddressLimits, ExemptNetworksAreNotCounted) {
  AddressLimits limits{1, {IpNetwork::parse("10.0.0.0/8").value()}};
  const auto one = limits.take(at("10.0.0.1")), two = limits.take(at("10.0.0.1"));
  EXPECT_TRUE(one && two);
  EXPECT_EQ(limits.subscribers(), 0U);
}

TEST(MemoryGiver, GivesOnceAPeakIsOverAndNotMoreOftenThanEveryMinute) {
  using namespace std::chrono_literals;
  MemoryGiver giver;
  auto now = MemoryGiver::Clock::now();
  EXPECT_FALSE(giver.is_due(10, now)) << "no flood";
  EXPECT_FALSE(giver.is_due(10'000, now));
  EXPECT_FALSE(giver.is_due(6'000, now)) << "most are still there";
  EXPECT_TRUE(giver.is_due(100, now += 10s));
  EXPECT_FALSE(giver.is_due(100, now += 10s)) << "given already";
  EXPECT_FALSE(giver.is_due(10'000, now += 10s));
  EXPECT_FALSE(giver.is_due(0, now += 10s)) << "within a minute";
  EXPECT_TRUE(giver.is_due(0, now += 1min));
}

}  // namespace
}  // namespace carillon::net
