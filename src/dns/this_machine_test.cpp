#include "dns/this_machine.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace carillon::dns {
namespace {

using ::testing::ElementsAre;

TEST(ThisMachine, IsLocalhostAndAllBelowIt) {
  for (const auto* name : {"localhost", "www.localhost", "a.b.localhost"}) EXPECT_TRUE(is_this_machine(name)) << name;
  for (const auto* name : {"", "notlocalhost", "localhost.example.org", "localhostx"}) EXPECT_FALSE(is_this_machine(name)) << name;
}

TEST(ThisMachine, HasTheLoopbackAddressesOfItsHostsFile) {
  EXPECT_THAT(loopback_addresses(""), ElementsAre("127.0.0.1")) << "whatever the file says";
  EXPECT_THAT(loopback_addresses("127.0.0.1\tlocalhost\n127.0.1.1\tbells\n\n# for IPv6\n::1     localhost ip6-localhost ip6-loopback\n"),
              ElementsAre("127.0.0.1", "::1"));
  EXPECT_THAT(loopback_addresses("::1 ip6-localhost\n::1 # localhost\n"), ElementsAre("127.0.0.1")) << "another name, and a remark";
  EXPECT_THAT(loopback_addresses("192.0.2.66 localhost\n127.x localhost\n2001:db8::1 localhost"), ElementsAre("127.0.0.1"))
      << "nothing else is this machine";
}

}  // namespace
}  // namespace carillon::dns
