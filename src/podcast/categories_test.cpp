#include "podcast/categories.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace carillon::podcast {
namespace {

using ::testing::HasSubstr;

TEST(Categories, AreApples) {
  for (const auto& good : {Category{"Technology", ""}, Category{"Society & Culture", "Documentary"}, Category{"Sports", "Wrestling"},
                           Category{"TV & Film", "TV Reviews"}})
    EXPECT_TRUE(check_category(good)) << good.name << " > " << good.sub;
}

TEST(Categories, OthersAreRefusedWithTheNearest) {
  EXPECT_THAT(check_category({"Tecnology", ""}).error().message, HasSubstr("Technology"));
  EXPECT_THAT(check_category({"Society & Culture", "Documentery"}).error().message, HasSubstr("Documentary"));
  for (const auto& bad : {Category{"", ""}, Category{"Technology", "Documentary"}, Category{"technology", ""}, Category{"Gardening", ""}})
    EXPECT_EQ(check_category(bad).error().field, "category");
}

}  // namespace
}  // namespace carillon::podcast
