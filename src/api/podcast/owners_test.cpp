#include "api/podcast/owners.hpp"

#include "api/podcast/podcast_api.hpp"

#include <gtest/gtest.h>

namespace carillon::api {
namespace {

/// Whose the gate finds out by itself.
bool is_of_accounts(Owner owner) {
  using enum Owner;
  return owner == nobody || owner == asked || owner == network || owner == invitation || owner == person;
}

TEST(PodcastOwners, EveryRouteNamesAKindThatTheGateKnows) {
  const auto owners = podcast_owners();
  for (const auto& route : PodcastApi::routes()) {
    if (is_of_accounts(route.owner)) continue;
    const auto kind = owners.find(route.owner);
    ASSERT_NE(kind, owners.end()) << route.pattern;
    EXPECT_NE(route.pattern.find("{" + std::string(kind->second.parameter) + "}"), std::string_view::npos) << route.pattern;
  }
}

}  // namespace
}  // namespace carillon::api
