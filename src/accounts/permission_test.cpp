#include "accounts/permission.hpp"

#include <gtest/gtest.h>

namespace carillon::accounts {
namespace {

TEST(Granted, NobodyMayDoOnlyWhatEverybodyMay) {
  EXPECT_TRUE(Granted::nobody().holds(Permission::everyone));
  EXPECT_FALSE(Granted::nobody().holds(Permission::publish));
  EXPECT_FALSE(Granted::nobody().holds(Permission::operate));
}

TEST(Granted, TheOperatorMayDoEverything) {
  for (const auto permission : {Permission::everyone, Permission::publish, Permission::operate})
    EXPECT_TRUE(Granted::operator_over_all().holds(permission));
}

}  // namespace
}  // namespace carillon::accounts
