#include "http/client/reach.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace carillon::http {
namespace {

IpAddress address(std::string_view text) { return IpAddress::parse(text).value(); }

TEST(Reach, OpensWhatTheOperatorAllowsAndNothingElse) {
  const std::vector<IpNetwork> allowed{IpNetwork::parse("127.0.0.2").value()};
  EXPECT_TRUE(may_reach(address("127.0.0.2"), allowed));
  EXPECT_FALSE(may_reach(address("127.0.0.1"), allowed));
  EXPECT_TRUE(may_reach(address("1.1.1.1"), allowed));
}

}  // namespace
}  // namespace carillon::http
